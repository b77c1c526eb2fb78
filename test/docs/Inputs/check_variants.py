# SPDX-License-Identifier: Apache-2.0
"""check_variants.py ROOT extract | output FILE | remarks: what docs/variants.md shows is what there is."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
page = (root / "docs" / "variants.md").read_text()


def block(fence):
    return page.split(fence + "\n", 1)[1].split("```", 1)[0]


def remarks_of_the_sources():
    """Each text of Remarks.h, its parts joined, with … for what is filled in."""
    source = (root / "passes" / "derive" / "Remarks.h").read_text()
    texts = {}
    for name, parts in re.findall(r"constexpr Text (\w+) =\s*((?:\"[^\"]*\"\s*)+);", source):
        texts[name] = re.sub(r"\{\d\}", "…", "".join(re.findall(r"\"([^\"]*)\"", parts)))
    return texts


if sys.argv[2] == "extract":
    print(block("```mlir"), end="")
elif sys.argv[2] == "output":
    # Times, errors and ISA levels are the machine's; the rest is the same everywhere.
    def fixed(lines):
        return [line.strip() for line in lines if line.strip() and " ms " not in line and not line.strip().startswith("|")]

    got = fixed(pathlib.Path(sys.argv[3]).read_text().splitlines())
    shown = fixed(page.split("$ braid derive late_decay.mlir\n", 1)[1].split("\n- The normal form", 1)[0].splitlines())
    assert got == shown, f"expected {got}, got {shown}"
    print(len(got), "lines")
else:
    texts = remarks_of_the_sources()
    assert len(texts) == (root / "passes" / "derive" / "Remarks.h").read_text().count("constexpr Text ")
    section = page.split("## 4. Remarks", 1)[1]
    shown = {line.split(" | ")[0][2:] for line in section.splitlines() if line.startswith("| ")} - {"remark"}
    assert shown == set(texts.values()), f"expected {sorted(texts.values())}, got {sorted(shown)}"
    used = "".join(path.read_text() for path in (root / "passes" / "derive").glob("*.cpp"))
    for name in texts:
        assert f"remarks::{name}" in used, f"expected a use of {name}"
    assert not re.search(r"\"[^\"]*(breaks affinity|step form|are derived)", used), "expected remarks in Remarks.h alone"
    print(len(texts), "remarks")
