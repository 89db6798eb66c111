"""Stands in for the app's actions in the tests of whole conversations: the same rules, without a knowledge base."""

from typing import Any

FIELDS = ("complaint_what", "complaint_order", "complaint_severity", "complaint_wish", "contact")
FORM_SLOTS = ("requested_slot", *FIELDS, "ticket_number", "feedback_text")


def act(body: dict[str, Any]) -> dict[str, Any]:
    """The answer of an action, decided by the words of the message and by what the action was told."""
    tracker = body["tracker"]
    message, slots = tracker["latest_message"], tracker["slots"]
    words = message.get("text") or ""
    entities = {each["entity"]: each["value"] for each in message.get("entities") or []}
    said: list[dict[str, Any]] = []
    name = body["next_action"]
    events = _ACTIONS[name](words, slots, entities, tracker, said)
    if not name.startswith("validate_") or said:
        said.append({"text": f"{name}: {words}", "custom": {"trail": {"query": words}}})
    return {"events": events, "responses": said}


def _slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value, "timestamp": None}


def _empty() -> list[dict[str, Any]]:
    return [_slot(name, None) for name in FORM_SLOTS]


def _leave() -> list[dict[str, Any]]:
    return [{"event": "active_loop", "name": None}, *_empty()]


def _form(tracker: Any) -> str | None:
    name = tracker["active_loop"].get("name")
    return str(name) if name else None


def _answer(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    nothing = "snow" in words or "雪" in words
    due = nothing and bool(slots["person_offered"])
    choices = [["a1", "One"], ["a2", "Two"]] if "or" in words.split() else None
    return [_slot("hand_off_due", due), _slot("person_offered", nothing and not due), _slot("choices", choices)]


def _complaint(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    if "charged" in words:
        return [_slot("complaint_path", "answered"), _slot("person_offered", True)]
    told = [*_empty(), *([_slot("complaint_what", words)] if "courier" in words else [])]
    return [*told, _slot("complaint_path", "person" if "outrageous" in words else "form")]


def _validate_complaint(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    asked = slots["requested_slot"]
    given = slots.get(asked) if asked else None
    if not given:
        return []
    if "return" in given or "退" in given:
        said.append({"text": "answered in between"})
        return [_slot(asked, None)]
    if "skip" in given or "跳过" in given:
        return [_slot(asked, "skipped")]
    if "wrong" in given:
        return [_slot(asked, None), _slot("complaint_order", None)]
    if asked == "contact" and not ("@" in given and "." in given):
        said.append({"response": "utter_contact_invalid"})
        return [_slot("contact", None)]
    return [_slot(asked, given)]


def _submit_complaint(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    needed = "offline" in tracker["sender_id"] and slots["contact"] == "later"
    return [*_empty(), _slot("contact_needed", needed), _slot("complaint_path", None)]


def _hand_off(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    offline = "offline" in tracker["sender_id"]
    events = [_slot("contact_needed", offline), _slot("hand_off_due", False), _slot("person_offered", False)]
    return events if offline and _form(tracker) == "contact_form" else events + _leave()


def _validate_contact(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
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
    form = _form(tracker)
    before = [each for each in tracker["events"][:-1] if each["event"] == "action" and each["name"] == form]
    just_now = False
    for event in reversed(tracker["events"]):
        if event["event"] == "user":
            break
        just_now |= event["event"] == "bot" and event["metadata"].get("utter_action") == "utter_contact_invalid"
    again = slots["requested_slot"] == "contact" and bool(before)
    said.append({"text": f"asked before {again}, just now {just_now}"})
    return []


def _stop(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    said.append({"text": f"{entities.get('stopped_by')}, in {_form(tracker)}"})
    return [_slot("contact_needed", False), _slot("hand_off_due", False), *_leave()]


def _ticket_status(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    if "T-1001" in words:
        return [_slot("reopen_offered", True), _slot("ticket_path", "told")]
    return [*_empty(), _slot("ticket_path", "form")]


def _validate_ticket(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    asked = slots["requested_slot"]
    given = slots.get(asked) if asked else None
    if not given:
        return []
    if "skip" in given:
        return [_slot("ticket_number", "skipped"), _slot("contact", "skipped")]
    fits = "T-" in given if asked == "ticket_number" else "@" in given and "." in given
    return [_slot(asked, given if fits else None)]


def _tell_ticket(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    return [*_empty(), _slot("ticket_path", None), _slot("ticket_tries", int(slots["ticket_tries"] or 0) + 1)]


def _feedback(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    if "dark mode" in words or "深色" in words:
        return [_slot("feedback_path", "done")]
    return [*_empty(), _slot("feedback_kind", "suggestion"), _slot("feedback_path", "form")]


def _validate_feedback(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    given = slots["feedback_text"]
    if not given or not slots["requested_slot"]:
        return []
    return [_slot("feedback_text", None if "?" in given or "return" in given else given)]


def _yes(words: str, slots: Any, entities: Any, tracker: Any, said: list[Any]) -> list[dict[str, Any]]:
    if slots["reopen_offered"]:
        return [_slot("hand_off_due", False), _slot("reopen_offered", False)]
    return [_slot("hand_off_due", bool(slots["person_offered"]))]


_ACTIONS = {
    "action_answer": _answer,
    "action_complaint": _complaint,
    "validate_complaint_form": _validate_complaint,
    "action_submit_complaint": _submit_complaint,
    "action_danger": lambda *_: [_slot("complaint_path", None), _slot("hand_off_due", True)],
    "action_hand_off": _hand_off,
    "action_ask_contact": _ask,
    "action_save_contact": lambda *_: [_slot("contact_needed", False), _slot("contact", None)],
    "validate_contact_form": _validate_contact,
    "action_ticket_status": _ticket_status,
    "validate_ticket_form": _validate_ticket,
    "action_tell_ticket": _tell_ticket,
    "action_feedback": _feedback,
    "validate_feedback_form": _validate_feedback,
    "action_keep_feedback": lambda *_: [*_empty(), _slot("feedback_path", None)],
    "action_yes": _yes,
    "action_no": lambda *_: [_slot("reopen_offered", False), _slot("person_offered", False)],
    "action_abuse": lambda *_: [_slot("abuse_met", True)],
    "action_are_you_a_bot": lambda *_: [],
    "action_skip": lambda *_: [],
    "action_small_talk": lambda *_: [],
    "action_stop": _stop,
    "action_goodbye": lambda *_: [],
}
