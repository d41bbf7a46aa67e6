#!/usr/bin/env python3
"""layout.py check.c HEADERS_DIR LAYOUT: writes a C program that compares every line of LAYOUT (struct field offset size
since) with offsetof and sizeof, and that every field of the headers has a line. layout.py --fields HEADERS_DIR lists
the fields, to append the lines of a new release."""
import pathlib
import re
import sys


def fields(headers):
    """Yields (struct, field) in the order of declaration."""
    for header in sorted(pathlib.Path(headers).glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\n\} (\w+);", text, flags=re.S):
            body = re.sub(r"union \{.*?\}", "union", body, flags=re.S)
            for declaration in body.split(";"):
                declaration = " ".join(declaration.split())
                if not declaration:
                    continue
                pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration)
                plain = re.search(r"(\w+)\s*(\[[^\]]*\])?$", declaration)
                yield name, pointer.group(1) if pointer else plain.group(1)


def program(headers, layout):
    includes = "".join(f'#include "sluice/abi/{h.name}"\n' for h in sorted(pathlib.Path(headers).glob("*.h")))
    lines = [line.split() for line in pathlib.Path(layout).read_text().splitlines() if line and not line.startswith("#")]
    listed = {(line[0], line[1]) for line in lines}
    missing = [f"{s}.{f}" for s, f in fields(headers) if (s, f) not in listed]
    checks = []
    for struct, field, offset, size, since in lines:
        if field == "-":
            checks.append(f'  check("sizeof {struct} (frozen)", sizeof({struct}), {size});')
            continue
        checks.append(f'  check("offset of {struct}.{field} (since {since})", offsetof({struct}, {field}), {offset});')
        checks.append(f'  check("size of {struct}.{field} (since {since})", sizeof((({struct} *)0)->{field}), {size});')
    absent = "".join(f'  printf("{m} has no line in layout.txt: append one\\n"), bad = 1;\n' for m in missing)
    return (f"#include <stdio.h>\n{includes}\nstatic int bad;\n"
            "static void check(const char *what, size_t found, size_t promised) {\n"
            "  if (found == promised) return;\n"
            '  printf("%s: %zu, promised %zu\\n", what, found, promised);\n  bad = 1;\n}\n'
            "int main(void) {\n" + "\n".join(checks) + "\n" + absent + f'  printf("%d promises compared\\n", {len(checks)});\n  return bad;\n}}\n')


if sys.argv[1] == "--fields":
    for pair in fields(sys.argv[2]):
        print(*pair)
else:
    pathlib.Path(sys.argv[1]).write_text(program(sys.argv[2], sys.argv[3]))
