"""Stands in for the app's actions in the tests of whole conversations: the same rules, without a knowledge base."""

from typing import Any


def act(body: dict[str, Any]) -> dict[str, Any]:
    """The answer of an action, decided by the words of the message and by what the action was told."""
    tracker = body["tracker"]
    message, slots = tracker["latest_message"], tracker["slots"]
    words = message.get("text") or ""
    entities = {each["entity"]: each["value"] for each in message.get("entities") or []}
    said: list[dict[str, Any]] = []
    name = body["next_action"]
    events = _ACTIONS[name](words, slots, entities, tracker, said)
    if name != "validate_contact_form" or said:
        said.append({"text": f"{name}: {words}", "custom": {"trail": {"query": words}}})
    return {"events": events, "responses": said}


def _slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value, "timestamp": None}


def _leave() -> list[dict[str, Any]]:
    return [{"event": "active_loop", "name": None}, _slot("requested_slot", None), _slot("contact", None)]


def _answer(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    nothing = "snow" in words or "雪" in words
    due = nothing and bool(slots["person_offered"])
    return [_slot("hand_off_due", due), _slot("person_offered", nothing and not due)]


def _complaint(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    if "charged" in words:
        return [_slot("hand_off_due", False), _slot("person_offered", True)]
    return [_slot("hand_off_due", True)]


def _hand_off(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    offline = "offline" in tracker["sender_id"]
    events = [_slot("contact_needed", offline), _slot("hand_off_due", False), _slot("person_offered", False)]
    return events if offline else events + _leave()


def _validate(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    given = slots["contact"]
    if not given:
        return []
    if "@" in given and "." in given:
        return [_slot("contact", given)]
    if "@" in given:
        said.append({"response": "utter_contact_invalid"})
    return [_slot("contact", None)]


def _ask(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    """Tells what actions/contact.py asks of earlier events."""
    before = [each for each in tracker["events"][:-1] if each["event"] == "action" and each["name"] == "contact_form"]
    just_now = False
    for event in reversed(tracker["events"]):
        if event["event"] == "user":
            break
        just_now |= event["event"] == "bot" and event["metadata"].get("utter_action") == "utter_contact_invalid"
    active = tracker["active_loop"].get("name") == "contact_form"
    again = active and slots["requested_slot"] == "contact" and bool(before)
    said.append({"text": f"asked before {again}, just now {just_now}"})
    return []


def _stop(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    said.append({"text": f"{entities.get('stopped_by')}, in {tracker['active_loop'].get('name')}"})
    return [_slot("contact_needed", False), _slot("hand_off_due", False), *_leave()]


_ACTIONS = {
    "action_answer": _answer,
    "action_complaint": _complaint,
    "action_hand_off": _hand_off,
    "action_ask_contact": _ask,
    "action_save_contact": lambda *_: [_slot("contact_needed", False), _slot("contact", None)],
    "action_stop": _stop,
    "action_goodbye": lambda *_: [],
    "validate_contact_form": _validate,
}
