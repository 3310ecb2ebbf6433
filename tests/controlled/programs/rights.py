"""A site's own program: three words after the verb, and a time after those of a grant."""

import json

from shared import answer, load, save


def main(words):
    state = load()
    verb, right = words[0], words[1:4]
    if verb == "held":
        names = ("account", "resource_name", "permission")
        rows = [dict(zip(names, it, strict=True)) for it in state["rights"]]
        return "\n".join(json.dumps(row) for row in [*rows, {"count": len(rows)}])
    others = [it for it in state["rights"] if it != right]
    state["rights"] = [*others, right] if verb == "grant" else others
    state["until"] = words[4:]
    save(state)
    return "done"


answer(main)
