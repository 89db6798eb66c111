/*
 * How the chat looks. Set by adoptedStyleSheets, which a page's style-src does not restrict. What is important for the
 * host stays as it is even where the page says the same with importance of its own.
 */

const STYLES = `
:host {
  all: initial !important; direction: ltr !important; color-scheme: light dark !important;
  font: 15px/1.5 system-ui, sans-serif !important; color: var(--text) !important;
  --accent: #0d6b62; --on-accent: #fff; --ground: #fff; --raised: #eef3f2; --warm: #fdf1dc; --text: #17211f; --quiet: #4d5c59;
  --line: #c3cecc; --link: #0a5a86; --bad: #a3211a;
}
@media (prefers-color-scheme: dark) {
  :host {
    --ground: #161d1f; --raised: #263134; --warm: #3a2f1a; --text: #eaf0ef; --quiet: #b0bfbc; --line: #3f4d50; --link: #8fd0ff; --bad: #ffb3ab;
  }
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
button, select, textarea, input { font: inherit; color: inherit; }
button, label { cursor: pointer; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
a { color: var(--link); overflow-wrap: anywhere; }
svg { width: 20px; height: 20px; fill: currentColor; flex: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; user-select: none; }

.launcher, .panel { position: fixed; z-index: 2147483000; right: 20px; }
.launcher {
  bottom: 20px; width: 60px; height: 60px; border: 2px solid var(--on-accent); border-radius: 50%; font-size: 28px; line-height: 1;
  display: grid; place-items: center; background: var(--accent); color: var(--on-accent); box-shadow: 0 4px 16px #0005;
}
.launcher svg { width: 28px; height: 28px; }
:host([position="left"]) :is(.launcher, .panel) { right: auto; left: 20px; }
.unread {
  position: absolute; top: -6px; right: -6px; min-width: 24px; padding: 0 6px; border: 2px solid #fff; border-radius: 12px;
  background: #b3261e; color: #fff; font-size: 13px; line-height: 20px;
}
.panel {
  bottom: 92px; width: 400px; max-width: calc(100vw - 40px); height: min(680px, calc(100dvh - 112px));
  display: flex; flex-direction: column; overflow: clip; background: var(--ground); color: var(--text);
  border: 1px solid var(--line); border-radius: 16px; box-shadow: 0 12px 40px #0004;
}
:host([inline]) { display: block !important; height: 100% !important; }
:host([hidden]) { display: none !important; }
:host([inline]) .panel { position: relative; inset: auto; width: 100%; max-width: none; height: 100%; box-shadow: none; }

.header, .bar, .by, .row, .composer, .survey label:has(input) { display: flex; align-items: center; gap: 8px; }
.header { gap: 4px; padding: 8px 8px 8px 16px; background: var(--accent); color: var(--on-accent); }
.header :focus-visible { outline-color: currentColor; outline-offset: -3px; }
h2 { flex: 1; min-width: 0; font-size: 17px; line-height: 1.3; }
.header :is(button, select) { min-width: 40px; height: 40px; padding: 0 4px; border: 1px solid transparent; border-radius: 8px; background: none; }
.header button { font-size: 24px; line-height: 1; }
.header :is(select, button:hover) { border-color: currentColor; }
option { background: var(--ground); color: var(--text); }

.bar { flex-wrap: wrap; padding: 8px 16px; border-bottom: 1px solid var(--line); background: var(--raised); font-size: 14px; }
.bar p { flex: 1 1 140px; display: flex; gap: 8px; font-weight: 600; }
.plain, .filled { min-height: 40px; padding: 6px 14px; border-radius: 8px; border: 1px solid var(--quiet); background: var(--ground); line-height: 1.35; }
.plain:hover { border-color: var(--text); }
.filled { background: var(--accent); color: var(--on-accent); border-color: var(--on-accent); }
.notice { padding: 8px 16px; background: var(--warm); font-size: 14px; }
.menu { display: grid; gap: 8px; padding: 12px 16px; border-bottom: 1px solid var(--line); }

.log { position: relative; flex: 1; min-height: 0; overflow-y: auto; padding: 16px; overscroll-behavior: contain; }
.intro, .ticket, .survey { padding: 12px; border: 1px solid var(--line); border-radius: 8px; font-size: 14px; }
.intro { color: var(--quiet); }
.intro p + p, .row, .choices, .ticket, .survey, .over button, .fold button { margin-top: 8px; }
.message { display: flex; flex-direction: column; align-items: flex-start; margin-top: 16px; }
.by { gap: 6px; margin-bottom: 4px; font-size: 13px; color: var(--quiet); }
.by b { color: var(--text); }
.bubble {
  max-width: 92%; padding: 10px 14px; border: 1px solid transparent; border-radius: 4px 16px 16px; background: var(--raised);
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.rich { white-space: normal; }
.rich :is(ol, ul, blockquote) { margin: 6px 0; padding-inline-start: 24px; }
.rich * + :is(p, h3, div, pre), .rich canvas { margin-top: 8px; }
.rich h3 { font-size: 1em; }
.rich :is(pre, table) { display: block; overflow-x: auto; overflow-wrap: normal; }
.rich :is(td, th) { padding: 4px 8px; border: 1px solid var(--line); }
canvas { display: block; max-width: 100%; max-height: 320px; border-radius: 8px; }
.fold { display: contents; }
.folded { max-height: 300px; overflow: hidden; mask-image: linear-gradient(#000 75%, #0000); }
.day { margin-top: 16px; font-size: 13px; text-align: center; color: var(--quiet); }
.logo { max-width: 96px; height: 28px; }
.agent .bubble { background: var(--warm); border-left: 4px solid var(--text); border-radius: 0 16px 16px 0; }
.customer { align-items: flex-end; }
.customer .bubble { background: var(--accent); color: var(--on-accent); border-radius: 16px 16px 4px; }
.customer .bubble a { color: inherit; outline-color: currentColor; }
.waiting .bubble { outline: 2px dashed var(--quiet); outline-offset: 1px; }
.system { align-items: center; }
.system .bubble { background: none; border: 1px dashed var(--quiet); border-radius: 8px; padding: 6px 12px; font-size: 14px; text-align: center; }
.state { margin-top: 4px; font-size: 13px; color: var(--quiet); }
.problem { color: var(--bad); }
.row { flex-wrap: wrap; font-size: 14px; }
.source { margin-top: 6px; font-size: 14px; }
[aria-pressed="true"] { background: var(--text); color: var(--ground); }
[aria-pressed="true"]::before, .chosen::before { content: "✓ "; }
.choices { display: grid; gap: 8px; width: 92%; }
.choices button { text-align: start; }
.choices .chosen { border: 2px solid var(--text); font-weight: 600; }
[aria-disabled="true"]:not(.chosen) { border-style: dashed; color: var(--quiet); cursor: default; }
.ticket { border-color: var(--quiet); border-left-width: 6px; }
.ticket b { display: block; font-size: 18px; user-select: all; }
.asking, .system .ticket { align-self: stretch; }

.survey { border-color: var(--quiet); }
fieldset { min-width: 0; margin-bottom: 12px; padding: 0; border: 0; }
legend { padding: 0 0 4px; font-weight: 600; }
.scale { display: grid; gap: 4px; }
.numbers { grid-template-columns: repeat(5, 1fr); }
.survey label:has(input) { min-height: 40px; padding: 4px 8px; border: 1px solid var(--line); border-radius: 8px; }
.survey label:has(:checked) { border-color: var(--text); background: var(--raised); font-weight: 600; }
input { width: 20px; height: 20px; flex: none; accent-color: var(--accent); }
.ends { display: flex; justify-content: space-between; font-size: 13px; }
::placeholder { color: var(--quiet); opacity: 1; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
textarea { width: 100%; padding: 9px 12px; border: 1px solid var(--quiet); border-radius: 8px; background: var(--ground); resize: none; }

.typing, .counter { padding: 0 16px 8px; font-size: 14px; color: var(--quiet); }
.typing i { display: inline-block; width: 6px; height: 6px; margin-left: 4px; border-radius: 50%; background: currentColor; }
.anchor { position: relative; display: grid; justify-items: center; }
.fresh { position: absolute; bottom: 8px; }
.composer, .over { align-items: flex-end; padding: 12px; border-top: 1px solid var(--line); }
.composer textarea { min-height: 44px; max-height: 140px; font-size: 16px; line-height: 1.4; }
.composer button { height: 44px; white-space: nowrap; }
.clip { width: 44px; padding: 0; flex: none; display: grid; place-items: center; }
.over button { width: 100%; }

@media (max-width: 480px), (max-height: 420px) {
  :host(:not([inline])) .panel { inset: 0; width: 100%; max-width: none; height: 100dvh; border: 0; border-radius: 0; }
  [aria-expanded="true"].launcher { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  .typing i { animation: beat 1.2s infinite; } .typing i + i { animation-delay: .2s; } .typing i + i + i { animation-delay: .4s; }
  @keyframes beat { 50% { opacity: .25; } }
}
@media (forced-colors: active) {
  .bubble, .filled, [aria-pressed="true"], label:has(:checked) { border: 2px solid; }
  .customer .bubble { border: 4px double; }
}
`;

/** The sheets of one chat: the look, and the site's own colour when it is one. */
function styleSheets(color) {
  const letters = color && lettersOn(color);
  return [STYLES, letters ? `:host { --accent: ${color}; --on-accent: ${letters}; }` : ""].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}
