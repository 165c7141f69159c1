"""Writes src/pantile/_ops.py: the verbs and functions of a server.

python scripts/make_ops.py http://localhost:8815
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "src/pantile/_ops.py"
HEAD = '''"""Verbs and functions of the server: their forms, and what comes of them. Made by scripts/make_ops.py.

A server may have more than are here: `df.ops.name(…)` and `series.ops.name(…)` ask it all the same.
"""

# ruff: noqa: E501
'''


def of_server(url: str) -> dict[str, dict[str, tuple[str, str]]]:
    """What `/v1/ops` tells."""
    with urllib.request.urlopen(f"{url}/v1/ops") as answer:
        ops = json.load(answer)
    verbs, groups = ([one for one in ops["verbs"] if (one["on"] == "groups") == of] for of in (False, True))
    methods = [one for one in ops["functions"] if one["method"]]
    alone = [one for one in ops["functions"] if not one["method"]]
    parts = {"VERBS": verbs, "GROUPS": groups, "METHODS": methods, "FUNCTIONS": alone}
    return {name: {one["name"]: (one["form"], one["summary"]) for one in part} for name, part in parts.items()}


def written(parts: dict[str, dict[str, tuple[str, str]]]) -> str:
    """The module's text."""
    lines = [HEAD]
    for name, ops in parts.items():
        lines += [f"{name}: dict[str, tuple[str, str]] = {{"]
        lines += [
            f"    {quoted(each)}: ({quoted(form)}, {quoted(said)})," for each, (form, said) in sorted(ops.items())
        ]
        lines += ["}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def quoted(text: str) -> str:
    """The text as Python writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    TARGET.write_text(written(of_server(sys.argv[1])))
