"""What `tctl` does, as far as it is asked: its words, its JSON, its numbers for states."""

import json
import uuid

from shared import answer, fail, load, save

PENDING, APPROVED, DENIED = 1, 2, 3


def flags(words):
    named = dict(it[2:].split("=", 1) for it in words if it.startswith("--") and "=" in it)
    return named, [it for it in words if not it.startswith("--")]


def listed(found):
    return json.dumps(list(found) or None, indent=4)


def get_users(state, named, plain):
    return listed(
        {"kind": "user", "version": "v2", "metadata": {"name": name}, "spec": {"roles": roles}}
        for name, roles in state["users"].items()
    )


def get_locks(state, named, plain):
    return listed(state["locks"].values())


def get_others(state, plain):
    """Of what no right is made: as the state has it."""
    return listed(state.get("objects", {}).get(" ".join(plain), []))


def requests_ls(state, named, plain):
    return listed(state["requests"].values())


def requests_create(state, named, plain):
    (user,) = plain
    if user not in state["users"]:
        fail(f'ERROR: user "{user}" not found')
    name = str(uuid.uuid4())
    spec = {
        "user": user,
        "roles": named["roles"].split(","),
        "state": PENDING,
        "request_reason": named.get("reason", ""),
        "created": "2026-03-02T08:00:00Z",
        "expires": "2999-03-02T20:00:00Z",
        "access_expiry": "2999-03-02T18:00:00.123456789Z",
    }
    state["requests"][name] = {"kind": "access_request", "metadata": {"name": name}, "spec": spec}
    return name


def resolve(state, plain, outcome):
    (name,) = plain
    if name not in state["requests"]:
        fail(f"ERROR: access request {name} not found")
    spec = state["requests"][name]["spec"]
    if spec["state"] != PENDING:
        fail("ERROR: cannot set the state of a resolved request")
    spec["state"] = outcome
    return ""


def requests_rm(state, named, plain):
    if state["requests"].pop(plain[0], None) is None:
        fail(f"ERROR: access request {plain[0]} not found")
    return ""


def lock(state, named):
    name = str(uuid.uuid4())
    target = {"user": named.get("user", ""), "access_request": named.get("access-request", "")}
    spec = {"target": target, "message": named["message"], "expires": named.get("expires")}
    state["locks"][name] = {"kind": "lock", "metadata": {"name": name}, "spec": spec}
    return f'Created a lock with name "{name}".'


def rm(state, name):
    del state["locks"][name.removeprefix("lock/")]
    return f"lock {name} has been deleted"


VERBS = {
    "get users": get_users,
    "get locks": get_locks,
    "requests ls": requests_ls,
    "requests create": requests_create,
    "requests approve": lambda state, _, plain: resolve(state, plain, APPROVED),
    "requests deny": lambda state, _, plain: resolve(state, plain, DENIED),
    "requests rm": requests_rm,
}


def main(words):
    named, plain = flags(words)
    state = load()
    if plain[0] == "lock":
        said = lock(state, named)
    elif plain[0] == "rm":
        said = rm(state, plain[1])
    elif (verb := " ".join(plain[:2])) in VERBS:
        said = VERBS[verb](state, named, plain[2:])
    else:
        said = get_others(state, plain)
    save(state)
    return said


answer(main)
