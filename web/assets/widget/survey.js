/* Asking how it went: CSAT 1-5, NPS 0-10, CES 1-7. Skippable, and open to a change of mind. */

const SCALES = { csat: [1, 5], nps: [0, 10], ces: [1, 7] };
const UNHAPPY = { csat: 2, nps: 6, ces: 3 };
// The server takes a change of mind for a day.
const CHANGEABLE_FOR = 24 * 3600 * 1000;
const REASONS = ["not_solved", "wrong_answer", "too_slow", "unclear", "impolite"];

let surveys = 0;

/**
 * A survey as a part of a message.
 * @param item its payload holds survey {kind, subject_id}; outcome: {score} or {skipped} as given on another device.
 * @param view gives t(key, values), client, personButton()
 */
function surveyForm({ seq, payload, outcome: given }, view) {
  const { kind, subject_id: subject } = payload.survey;
  if (!SCALES[kind]) return null;
  const id = `${kind}:${subject}`;
  const box = h("div", { class: "asking", "data-role": "survey", "data-kind": kind });
  const known = () => {
    const outcome = view.client.rated(id);
    // What was settled anew is asked about anew: an answer to an earlier question is none to this one.
    if (outcome && !(outcome.seq < seq)) return outcome;
    return given;
  };
  let shown;
  let again = false;
  const show = (focus) => {
    const outcome = known();
    const problem = view.client.problemOf(id);
    const state = again ? "again" : JSON.stringify([outcome, problem]);
    if (state === shown) return;
    const held = shown !== undefined && box.contains(view.shadow.activeElement);
    shown = state;
    const part = outcome && !again ? outcomePart() : formPart(outcome ?? {});
    box.replaceChildren(...part);
    if (focus || held) box.querySelector("[data-focus]")?.focus();
  };
  const reopen = () => { again = true; show(true); };

  function outcomePart() {
    const outcome = known();
    const problem = view.client.problemOf(id);
    const said = problem ?? (outcome.skipped ? "" : view.t("survey_thanks", { score: outcome.score }));
    // A low CSAT hands the chat over by itself, so nothing has to be offered then.
    const low = kind !== "csat" && !outcome.skipped && outcome.score <= UNHAPPY[kind] && view.client.status === "bot";
    return [
      h("p", { class: "state", "data-role": "survey-thanks" }, said, low ? ` ${view.t("survey_low")}` : ""),
      h("div", { class: "row" }, low && view.personButton(),
        Date.now() - outcome.at > CHANGEABLE_FOR ? null
          : button("survey-change", view.t(outcome.skipped ? "rate" : "change"), reopen, { "data-focus": true })),
    ];
  }

  function formPart(before) {
    const number = (surveys += 1);
    const hint = h("p", { class: "problem", id: `hint-${number}`, role: "alert", hidden: true }, view.t("survey_pick"));
    const reasons = h("fieldset", {}, h("legend", {}, view.t("reasons_label")),
      REASONS.map((code) => h("label", {}, h("input", {
        type: "checkbox", value: code, checked: before.reasons?.includes(code),
      }), view.t(`reason_${code}`))));
    const comment = h("textarea", { id: `comment-${number}`, rows: 2, maxlength: 2000, "data-role": "survey-comment" });
    comment.value = before.comment ?? "";
    const radios = scaleRadios(kind, number, before.score, view, (score) => {
      hint.hidden = true;
      reasons.hidden = score > UNHAPPY[kind];
    });
    const form = h("form", { class: "survey", novalidate: true, submit: (event) => {
      event.preventDefault();
      const score = form.querySelector("input[type=radio]:checked")?.value;
      if (score === undefined) {
        hint.hidden = false;
        form.querySelector("input").focus();
        return;
      }
      const more = {};
      const codes = [...reasons.querySelectorAll(":checked")].map((input) => input.value);
      if (codes.length && !reasons.hidden) more.reasons = codes;
      if (comment.value.trim()) more.comment = comment.value.trim();
      again = false;
      view.client.rate(kind, subject, Number(score), more, seq);
    } },
    h("fieldset", { role: "radiogroup", "aria-describedby": hint.id },
      h("legend", {}, view.t(`survey_${kind}`)), radios), hint, reasons,
    h("label", { for: comment.id }, view.t("comment")), comment,
    h("div", { class: "row" },
      button("survey-send", view.t("survey_send"), null, { type: "submit", class: "filled" }),
      button("survey-skip", view.t("survey_skip"), () => {
        again = false;
        if (before.score === undefined) view.client.skip(kind, subject, seq);
        else show(true);
      })));
    reasons.hidden = !(before.score <= UNHAPPY[kind]);
    return [form];
  }

  show();
  return { node: box, update: () => { if (!again) show(); } };
}

/** The radio buttons of a scale; each says its number, and in words what it means where there are words. */
function scaleRadios(kind, number, score, view, onPick) {
  const [low, high] = SCALES[kind];
  const worded = kind === "csat";
  const labels = [];
  for (let value = high; value >= low; value -= 1) {
    const radio = h("input", {
      type: "radio", name: `score-${number}`, value, checked: value === score, "data-score": value,
      "data-focus": value === (score ?? high), change: () => onPick(value),
    });
    labels.push(h("label", {}, radio, worded ? `${value} – ${view.t(`csat_${value}`)}` : String(value)));
  }
  if (worded) return [h("div", { class: "scale" }, labels)];
  return [
    h("div", { class: "ends" }, h("span", {}, `${low}: ${view.t(`${kind}_low`)}`), h("span", {}, `${high}: ${view.t(`${kind}_high`)}`)),
    h("div", { class: "scale numbers" }, labels.reverse()),
  ];
}
