"""A fuzzer of the reading room: mutated workbooks, CSVs, profiles and settings end in a sentence, never in a fault."""
