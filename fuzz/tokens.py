"""Words that break readers: numbers at their limits, dates, XML, records of binary workbooks, marks of CSV."""

NUMBERS = (
    "0", "-0", "-1", "1", "60", "255", "256", "65535", "65536", "1048576", "1048577", "2147483647", "2147483648",
    "4294967295", "4294967296", "9223372036854775808", "99999999999999999999999999", "1e308", "1E+309", "-1e-320",
    "1e400", "NaN", "nan", "INF", "-INF", "1,5", "1.5.5", "0x10", "1_000", "٣", "１２３", "+5", " 7 ", ".5", "5.", "1e",
    "2958465", "2958466", "0.30000000000000004", "19.989999999999998", "12345678901234567", "1.234567890123457E+16",
    "true", "",
)  # fmt: skip
CELLS = (
    "A1", "A0", "XFD1048576", "XFE1", "ZZZZZZ1", "A1048577", "A99999999999", "1A", "a1", "$A$1", "A", "1", "A-1", "Ａ１",
    "A1:B2", "A1:XFD1048576", "B2:A1", "#REF!", "R1C1",
)  # fmt: skip
TEXTS = (
    "03/04/2026", "31/01/2026", "2026-02-30", "2026-11-24T25:61:61", "1,234", "1.234,56", "(5.00)", "5-", "−5", "50%",
    "€ 5", "USD", "$5", "1.23E+15", "#N/A", "#REF!", "#DIV/0!", "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+49 30", "-",
    "NA", "null", "None", "nan", "TRUE", "x" * 33_000, "\u200bINV\xad", "\xa0", "Á", "\ufeff", "\ufffe", "\x0b",
    "\x00", "_x0000_", "_xD800_", "_x000D_", "&#0;", "&#xD800;", "&#x10FFFF;", "<!--", "]]>", "../../x", "CON", "'",
    '"', "\r", "\n", "\u2028", "{value}", "%s", "Total", "Summe", "Invoice ref", "Discount", "C-1001", "F-1", "EUR",
    "JPY", "9999-12-31", "0001-01-01", "1e9 days", "😀",
)  # fmt: skip
XML = (
    "<c>", "</c>", "<c/>", "<row>", "</row>", "<row/>", '<row r="5"/>', '<c r="A1"/>', '<c r="C2" t="s"><v>0</v></c>',
    '<c r="C2" t="s"><v>99999</v></c>', '<c t="s"><v>-1</v></c>', '<c t="s"/>', '<c t="e"><v>#N/A</v></c>',
    '<c t="b"><v>2</v></c>', '<c t="d"><v>2026-02-30</v></c>', '<c t="zz"><v>1</v></c>',
    '<c r="A1" s="999"><v>1</v></c>', '<c s="-1"><v>1</v></c>', "<v>", "</v>", "<v/>", "<v>1</v>", "<f>", "<f/>",
    "<f>1+1</f>", '<f t="shared" si="0"/>', "<is><t>x</t></is>", "<is/>", "<t/>", "<t>", "<r><t>a</t></r>",
    '<rPh sb="0" eb="1"><t>p</t></rPh>', "<si/>", "<si><t>x</t></si>", "<sst/>", "<sheetData/>", "</sheetData>",
    "<sheetData>", '<mergeCell ref="A1:XFD1048576"/>', '<mergeCell ref="zz"/>',
    '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>', '<cols><col min="1" max="16384" hidden="1"/></cols>',
    '<col min="0" max="99999999999" hidden="1"/>', '<dimension ref="A1"/>', '<dimension ref="A1:XFD1048576"/>',
    '<sheet name="x" sheetId="9" r:id="rId99"/>', "<sheet/>", "<sheets/>", '<workbookPr date1904="1"/>',
    '<calcPr fullCalcOnLoad="1"/>', '<numFmt numFmtId="164" formatCode="[$€-407] #,##0.00"/>',
    '<numFmt numFmtId="164" formatCode=""/>', '<numFmt numFmtId="x" formatCode="0"/>', "<xf/>", '<xf numFmtId="14"/>',
    '<xf numFmtId="99999"/>', "<cellXfs/>", "<!-- x -->", "<![CDATA[x]]>", "<![CDATA[", "<?x y?>",
    "<?xml version='1.1'?>", '<?xml version="1.0" encoding="utf-16"?>', "<!DOCTYPE x>",
    '<!DOCTYPE x [<!ENTITY a "b">]>', "&a;", "&lt;", "&amp;amp;", "<x:c xmlns:x='y'/>",
    "<table:table-row table:number-rows-repeated='1048576'/>",
    "<table:table-cell table:number-columns-repeated='16384'/>",
    "<table:table-cell office:value-type='float' office:value='1e999'/>", "<table:covered-table-cell/>",
    "<text:p>x</text:p>", "<text:s text:c='99999999'/>", "<text:line-break/>", "<mc:AlternateContent/>", "<extLst/>",
    '<Relationship Id="rId1" Type="x" Target="../../../etc/passwd"/>', '<Relationship Target="http://a.example/x"/>',
)  # fmt: skip
ATTRIBUTES = (
    't="s"', 't="str"', 't="inlineStr"', 't="e"', 't="b"', 't="d"', 't="n"', 's="1"', 's="65536"', 'r="A1"', 'r="0"',
    'hidden="1"', 'state="hidden"', 'state="veryHidden"', 'spans="1:16384"', 'xml:space="preserve"', 'r:id="rId1"',
    'xmlns=""', 'xmlns:r="x"', 'date1904="1"', 'count="999999999"', 'uniqueCount="0"',
    'table:number-rows-repeated="99999999"', 'table:number-columns-repeated="16384"', 'office:value-type="currency"',
    'office:value-type="percentage"', 'office:date-value="2026-13-01"', 'office:boolean-value="maybe"',
)  # fmt: skip
BINARY = (
    b"\x00", b"\xff", b"\xff\xff", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"\x00\x00\x01\x00",
    b"\t\x08\x10\x00", b"\n\x00\x00\x00", b"\xfc\x00", b"<\x00", b"\x85\x00", b"\x03\x02\x0e\x00", b"\xfd\x00\n\x00",
    b"\x06\x00", b"\x00\x02\x0e\x00", b"\x94\x01", b"\x91\x01\x00", b"\x00\x00\x00\x00\x00\x00\xf0\x7f",
    b"\x00\x00\x00\x00\x00\x00\xf8\x7f", b"PK\x01\x02", b"PK\x05\x06", b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xfe\xff\xff\xff", b"\xfd\xff\xff\xff", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\xfe\xff",
)  # fmt: skip
MARKS = (
    ",", ";", "\t", "|", '"', '""', "'", "\r", "\n", "\r\n", "\\", "\x00", "\x0c", "\x1a", "\x85", "\u2028", " ",
    "sep=;\n", "=", "#",
)  # fmt: skip
TOML = (
    "[columns]", "[defaults]", "[values.customer]", "[sheets]", "=", '"', "'''", "[", "]", "[[", "]]", "{", "}", "#",
    "true", "1.5", "1979-05-27", "nan", "inf", "[]", "{}", '""', '["a", "b"]', "\\u0000", "\\ud800", "customer",
    "invoice_ref", "nope", "digits", "files", "series", "tax", "0", "-1", "1e400", "99999999999999999999",
)  # fmt: skip
