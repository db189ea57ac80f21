"""Puts the state that version 0.1.0 left into a directory: python3 unpack.py DIRECTORY"""

import os
import sqlite3
import sys
import tarfile

directory = os.path.realpath(sys.argv[1])
here = os.path.dirname(os.path.abspath(__file__))
with tarfile.open(os.path.join(here, "state-0.1.0.tar.xz")) as archive:
    archive.extractall(directory)
dump = os.path.join(directory, "ledger.sql")
with open(dump, encoding="utf-8") as text, sqlite3.connect(os.path.join(directory, "ledger.sqlite")) as ledger:
    ledger.executescript(text.read().replace("@STATE@", directory))
os.chmod(os.path.join(directory, "ledger.sqlite"), 0o600)
os.remove(dump)
