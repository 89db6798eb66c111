"""An answer's Markdown as plain words, for messages that are shown as they are written. Pure."""

from web.markdown import Node, inner_text, tree

_BLOCKS = frozenset({"p", "h3", "pre", "ul", "ol", "blockquote", "hr", "table"})


def plain_words(markdown: str) -> str:
    """The words of an answer: paragraphs apart, list items on lines of their own, addresses beside links."""
    return "\n\n".join(_block(node) for node in tree(markdown) if not _is_rule(node)).strip()


def _is_rule(node: Node) -> bool:
    return not isinstance(node, str) and node[0] == "hr"


def _block(node: Node) -> str:
    if isinstance(node, str):
        return node
    tag, attributes, children = node[0], node[1], node[2:]
    if tag in {"ul", "ol"}:
        first = attributes.get("start", 1)
        return "\n".join(
            _item(f"{first + place}. " if tag == "ol" else "- ", item) for place, item in enumerate(children)
        )
    if tag == "table":
        rows = [row for part in children for row in part[2:]]
        return "\n".join(" | ".join(_inline(cell[2:]) for cell in row[2:]) for row in rows)
    if tag == "blockquote":
        return "\n".join(_block(each) for each in children)
    if tag == "pre":
        return inner_text(children).rstrip("\n")
    return _inline(children)


def _item(sign: str, item: Node) -> str:
    """A list item; what is nested in it stands below, set in."""
    if isinstance(item, str):
        return sign + item
    inline: list[Node] = []
    below: list[str] = []
    for child in item[2:]:
        if isinstance(child, str) or child[0] not in _BLOCKS:
            inline.append(child)
        elif child[0] == "p" and not inline and not below:
            inline += child[2:]
        else:
            below += [f"  {line}" for line in _block(child).splitlines()]
    return "\n".join([sign + _inline(inline).strip(), *below])


def _inline(nodes: list[Node]) -> str:
    return "".join(_words(node) for node in nodes)


def _words(node: Node) -> str:
    if isinstance(node, str):
        return node
    if node[0] == "br":
        return "\n"
    if node[0] == "img":
        return str(node[1].get("alt", ""))
    words = _inline(node[2:])
    address = str(node[1].get("href", "")) if node[0] == "a" else ""
    # A path of this server leads nowhere out of a message.
    if address.startswith(("https://", "http://")) and address != words:
        return f"{words} ({address})"
    return words
