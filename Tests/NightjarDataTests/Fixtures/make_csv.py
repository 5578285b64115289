#!/usr/bin/env python3
"""Makes csv/ with Python's csv module and pandas: tables that a reader of RFC 4180 must understand, and tables.json with
what pandas reads. Run it here; needs pandas."""
import csv
import io
import json
from pathlib import Path

import pandas as pd

folder = Path(__file__).parent / "csv"
folder.mkdir(exist_ok=True)
rows = [
    [1.5, -2, 'plain', 3e-4], ["+7", "", 'with, comma', 0.1], ["  8 ", 2.25, 'with "quotes"', "NA"],
    [1e10, 0, 'two\nlines', -1e-10], [0.1, 123456789, 'plain', 5], ["", 1, 'ünïcode', 6], [3, 4, 'two\nlines', "7."],
]
header = ["a", "the b", "kind", "c"]
tables = {}


def write(name, text, encoding="utf-8", **options):
    (folder / name).write_bytes(text.encode(encoding))
    frame = pd.read_csv(folder / name, encoding=encoding, na_values=["?"], skipinitialspace=True, **options)
    label = frame.columns[2]
    numbers = frame[[c for c in frame.columns if c != label]].astype("float64")
    tables[name] = {
        "values": [[None if pd.isna(v) else repr(float(v)) for v in row] for row in numbers.values.tolist()],
        "labels": frame[label].tolist(), "classes": sorted(set(frame[label]), key=lambda t: t.encode()),
        "means": [repr(float(v)) for v in numbers.mean()],
    }


def table(separator=",", end="\r\n", quoting=csv.QUOTE_MINIMAL, head=True):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerows(([header] if head else []) + rows)
    return out.getvalue()


write("crlf.csv", table())
write("lf.csv", table(end="\n"))
write("semicolons.csv", table(separator=";"), sep=";")
write("tabs.tsv", table(separator="\t", end="\n"), sep="\t")
write("quoted.csv", table(quoting=csv.QUOTE_ALL))
write("mark.csv", table(), encoding="utf-8-sig")
write("no_header.csv", table(head=False), header=None)
write("no_last_end.csv", table().rstrip())
write("blank_lines.csv", table(end="\n\n").replace("\n\n\n", "\n\n"), skip_blank_lines=True)
out = io.StringIO()
writer = csv.writer(out, quotechar="'", lineterminator="\n")
writer.writerows([header] + rows)
write("single_quotes.csv", out.getvalue(), quotechar="'")
(folder / "tables.json").write_text(json.dumps(tables, indent=1, ensure_ascii=True) + "\n")
