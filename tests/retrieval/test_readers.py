"""Every format that `index add` reads, on small files of our own: words, headings, provenance."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from assistant.retrieval.library.cutting import pieces
from assistant.retrieval.library.readers import Reading, documents

CORPORA = Path(__file__).with_name("corpora")


def read(path, kind="auto", **reading):
    skipped = []
    found = list(documents(path, kind, Reading(**reading), lambda *one: skipped.append(one)))
    return {d.id: d for d in found}, skipped


def texts(document):
    return [(piece.id, piece.title, piece.text) for piece in pieces(document)]


def test_medquad_names_its_passages_and_leaves_out_empty_answers():
    found, _ = read(CORPORA / "0000001_1.xml")
    document = found["Clinic_0000001_1"]

    assert [name for name, _, _ in texts(document)] == [
        "Clinic_0000001_1-1",
        "Clinic_0000001_1-2",
    ]
    assert texts(document)[1][1] == "Heel pain: How is heel pain treated ?"
    assert (document.source, document.url) == ("Clinic", "https://clinic.example/heel")
    assert document.licence == "CC BY 4.0"


def test_medquad_without_its_questions_keeps_the_topic():
    found, _ = read(CORPORA / "0000001_1.xml", questions=False)

    assert {title for _, title, _ in texts(found["Clinic_0000001_1"])} == {"Heel pain"}


def test_medquad_of_the_other_schema():
    found, _ = read(CORPORA / "0000002.xml")

    [(name, title, text)] = texts(found["Board_0000002"])
    assert (name, title) == ("Board_0000002-1", "Tic: what is a tic ?")
    assert text == "A tic is a quick twitch that comes again and again."


def test_medlineplus_topics_keep_other_names_language_and_date():
    found, _ = read(CORPORA / "topics.xml")
    gout, chinese = found["MedlinePlus_50"], found["MedlinePlus_51"]

    assert (gout.date, gout.language, chinese.language) == ("2024-03-04", "en", "zh")
    [(_, title, text)] = texts(gout)
    assert title == "Gout (Podagra)"
    assert text == "Gout is a swollen joint with crystals in it. Drink water"


@pytest.mark.parametrize("packed", [False, True])
def test_pubmed_keeps_the_parts_of_an_abstract(packed, tmp_path):
    file = CORPORA / "pubmed.xml"
    if packed:
        file = tmp_path / "pubmed.xml.gz"
        file.write_bytes(gzip.compress((CORPORA / "pubmed.xml").read_bytes()))
    found, skipped = read(file)
    article = found["PMID_12345"]

    assert skipped == []
    assert texts(article)[1][1:] == (
        "Stretching for heel pain: a trial: RESULTS",
        "Those who stretched hurt less.",
    )
    assert (article.date, article.source, article.audience) == (
        "2021",
        "Journal of Feet",
        "professional",
    )
    assert article.url == "https://pubmed.ncbi.nlm.nih.gov/12345/"
    assert found["PMID_12346"].date == "1998"


def test_jsonl_of_pubmed_beir_and_a_hospital():
    found, _ = read(CORPORA / "pubmed.jsonl")

    assert texts(found["777"]) == [
        ("777", "Ice or warmth", "Ice eased the swelling on the first day.")
    ]
    assert found["777"].date == "2019"
    assert texts(found["beir-1"])[0][2] == "Itchy weals that wander."
    own = found["own-1"]
    assert (own.source, own.licence, own.date, own.audience) == (
        "Ward 3",
        "own",
        "2024-05-01",
        "professional",
    )
    assert texts(own)[0][1] == "Discharge: Wound"


def test_markdown_keeps_the_path_of_headings():
    found, _ = read(CORPORA / "leaflet.md", source="Ward 3", licence="own")
    [document] = found.values()
    titles = {text: title for _, title, text in texts(document)}

    assert titles["They are taken out after ten days."] == "After your operation: Wound: Stitches"
    assert titles["先喝水，再吃饭。"] == "After your operation: 饮食"
    assert titles["Before the first heading."] == "leaflet"
    assert any("not a heading" in text for text in titles)
    assert (document.source, document.licence) == ("Ward 3", "own")


def test_html_leaves_out_scripts_menus_and_frames():
    found, _ = read(CORPORA / "leaflet.html")
    [document] = found.values()
    whole = texts(document)

    assert ("Burns at home: When to come", "Come if it is larger than a hand.") in [
        (title, text) for _, title, text in whole
    ]
    assert any("Cool the burn twenty minutes." in text for _, _, text in whole)
    assert not any(word in str(whole) for word in ("obey", "Home |", "color:red", "inside"))


def test_pdf_gives_a_section_a_page(tmp_path):
    file = tmp_path / "leaflet.pdf"
    file.write_bytes(pdf("Keep the wound dry.", "Call the ward."))
    found, skipped = read(file)

    assert skipped == []
    assert [(title, text) for _, title, text in texts(found["leaflet.pdf"])] == [
        ("leaflet: p. 1", "Keep the wound dry."),
        ("leaflet: p. 2", "Call the ward."),
    ]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("broken.pdf", b"%PDF-1.4 nothing", "no readable PDF"),
        ("empty.pdf", None, "only pictures"),
        ("broken.xml", b"<Document><a></Document>", "not well-formed XML (line 1)"),
        ("bomb.xml", b'<!DOCTYPE d [<!ENTITY a "b">]><Document>&a;</Document>', "entities"),
        ("other.xml", b"<recipe/>", "format is not known"),
        ("broken.xml.gz", b"\x1f\x8b\x08nothing", "damaged gzip"),
        ("broken.jsonl", b'{"text": "x"}\n{"text": ', "line 2 is not JSON"),
        ("number.jsonl", b'{"text": 7}', 'line 1 has no "text"'),
        ("latin.md", b"caf\xe9", "not UTF-8"),
        ("photo.jpg", b"\xff\xd8", "format is not known"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_goes_on(name, content, why, tmp_path):
    (tmp_path / name).write_bytes(pdf("") if content is None else content)
    (tmp_path / "zz.md").write_text("# Fine\nIt is read all the same.")
    found, skipped = read(tmp_path)

    assert "zz.md" in found
    [(file, told)] = skipped
    assert file == name
    assert why in told


def test_archives_are_read_without_being_unpacked(tmp_path):
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as packed:
        packed.add(CORPORA / "0000002.xml", "deep/../0000002.xml")
        link = tarfile.TarInfo("link.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.write(CORPORA / "leaflet.md", "folder/leaflet.md")
    found, skipped = read(tmp_path)

    assert set(found) == {"Board_0000002", "folder/leaflet.md"}
    assert skipped == []
    assert not (tmp_path / "0000002.xml").exists()


def pdf(*pages: str) -> bytes:
    """Return a PDF with one line of text a page, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    font = "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    for number, text in enumerate(pages):
        content = f"BT /F 12 Tf 72 720 Td ({text}) Tj ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {font} "
            f"/Contents {4 + 2 * number} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    written = io.BytesIO(b"%PDF-1.4\n")
    written.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(written.tell())
        written.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    written.writelines(b"%010d 00000 n \n" % place for place in places)
    written.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    written.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return written.getvalue()
