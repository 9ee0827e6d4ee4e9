"""Corpora: read, kept, updated, searched; nothing in them is obeyed."""

import json

import pytest

from assistant.errors import InvalidInputError
from assistant.retrieval.library import Document, Filter, LibraryError, Section, Trust
from assistant.retrieval.library.adding import add_corpus
from assistant.retrieval.library.folder import IndexFolder
from assistant.retrieval.library.readers import Reading, documents
from assistant.retrieval.library.searching import Library, Looking, sentences_of

MEDQUAD = """<?xml version="1.0"?><Document id="7" source="NIDDK" url="https://x.example/a">
<Focus>Kidney stones</Focus><QAPairs><QAPair pid="1"><Question>What are kidney stones?</Question>
<Answer>A stone is a hard piece that forms in a kidney. {long}</Answer></QAPair>
<QAPair pid="2"><Question>Empty?</Question><Answer> </Answer></QAPair></QAPairs></Document>"""
OTHER = """<doc docid="7" corpus="NINDS" url="u"><doctitle-focus>Tic</doctitle-focus><qaPairs>
<pair pid="1"><question>what is a tic?</question><answer>A tic is a quick twitch.</answer></pair>
</qaPairs></doc>"""
TOPICS = """<health-topics><health-topic title="Gout" id="1" language="English" url="https://m.x/g"
date-created="03/04/2024"><also-called>Podagra</also-called><full-summary>&lt;p&gt;Crystals in a
joint.&lt;/p&gt;</full-summary></health-topic></health-topics>"""
PUBMED = """<PubmedArticleSet><PubmedArticle><PMID>12</PMID><ArticleTitle>Aspirin</ArticleTitle>
<PubDate><Year>2021</Year></PubDate><Journal><Title>J Test</Title></Journal>
<AbstractText Label="RESULTS">Fewer clots.</AbstractText></PubmedArticle></PubmedArticleSet>"""


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "0000007_1.xml").write_text(MEDQUAD.format(long="Drink much water. " * 90))
    (folder / "0000007.xml").write_text(OTHER)
    (folder / "topics.xml").write_text(TOPICS)
    (folder / "pm.xml").write_text(PUBMED)
    (folder / "own.md").write_text("# Discharge\nRest.\n## Wound\nKeep the wound dry.\n")
    (folder / "page.html").write_text(
        "<title>Leaflet</title><h1>Burns</h1><script>steal()</script><p>Cool the <b>burn</b>.</p>"
    )
    rows = [
        {"_id": "j1", "title": "Hives", "text": "Itchy weals.", "date": "2020", "language": "en"}
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    (folder / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>')
    return folder


def read(folder):
    skipped = []
    found = list(documents(folder, "auto", Reading(), lambda *one: skipped.append(one)))
    return found, skipped


def doc(name, *texts):
    return Document(id=name, sections=tuple(Section(path=(name,), text=text) for text in texts))


def test_every_format_keeps_its_path_source_and_date(corpus):
    found, skipped = read(corpus)
    by_id = {document.id: document for document in found}

    assert by_id["NIDDK_0000007_1"].sections[0].id == "NIDDK_0000007_1-1"
    assert by_id["NINDS_0000007"].sections[0].path == ("Tic", "what is a tic?")
    assert by_id["MedlinePlus_1"].date == "2024-03-04"
    assert by_id["PMID_12"].sections[0].path == ("Aspirin", "RESULTS")
    assert by_id["own.md"].sections[-1].path == ("Discharge", "Wound")
    assert "steal" not in str(by_id["page.html"])
    assert by_id["j1"].date == "2020"
    assert {name for name, _ in skipped} == {"photo.jpg", "bomb.xml"}


def test_what_is_added_is_found_and_named(corpus, encoder, tmp_path):
    index = IndexFolder(tmp_path / "index", encoder, write=True)
    done = add_corpus(index, "mixed", read(corpus)[0], trust=Trust.TRUSTED)
    library = Library(tmp_path / "index", encoder, "cpu")

    hits = library.search("hard stones in a kidney", 3)

    assert done.passages == len(library)
    assert hits[0].kept.id.startswith("NIDDK_0000007_1-1")
    assert hits[0].kept.title == "Kidney stones: What are kidney stones?"
    assert hits[0].trusted
    assert any("#2" in hit.kept.id for hit in library.search("drink much water", 9))


def test_addition_again_encodes_only_what_changed(encoder, tmp_path):
    index = IndexFolder(tmp_path, encoder, write=True)
    add_corpus(
        index, "c", [doc("a", "cough"), doc("b", "fever"), doc("d", "rash")], trust=Trust.SEARCH
    )
    before = encoder.encoded

    done = add_corpus(index, "c", [doc("a", "cough"), doc("b", "high fever")], trust=Trust.SEARCH)

    assert encoder.encoded - before == 1
    assert (done.unchanged, done.documents, done.removed) == (1, 1, 1)
    library = Library(tmp_path, encoder, "cpu")
    assert {hit.kept.text for hit in library.search("cough fever rash", 9)} == {
        "cough",
        "high fever",
    }


def test_run_that_was_broken_off_goes_on(encoder, tmp_path):
    """Neither half a document nor a vector too many is left."""

    def breaking():
        yield from (doc(f"d{i}", f"text number {i}") for i in range(70))
        raise KeyboardInterrupt

    index = IndexFolder(tmp_path, encoder, write=True)
    with pytest.raises(KeyboardInterrupt):
        add_corpus(index, "c", breaking(), trust=Trust.SEARCH)
    with (tmp_path / "vectors.f16").open("ab") as stream:
        stream.write(b"half a vector")
    again = IndexFolder(tmp_path, encoder, write=True)

    done = add_corpus(
        again, "c", [doc(f"d{i}", f"text number {i}") for i in range(70)], trust=Trust.SEARCH
    )

    assert done.unchanged == 64
    assert len(Library(tmp_path, encoder, "cpu")) == 70


def test_same_words_are_kept_once_and_outlive_their_first_document(encoder, tmp_path):
    index = IndexFolder(tmp_path, encoder, write=True)
    add_corpus(index, "c", [doc("x", "same words")], trust=Trust.SEARCH)
    twin = Document(id="y", sections=(Section(path=("x",), text="same words"),))
    done = add_corpus(index, "d", [twin], trust=Trust.SEARCH)
    assert done.doubles == 1
    assert index.catalogue.names([0]) == {0: ["x-1", "y-1"]}

    index.catalogue.remove("c")

    assert Library(tmp_path, encoder, "cpu").search("same words", 3)[0].kept.id == "y-1"


def test_index_of_another_encoder_is_refused_with_the_remedy(encoder, tmp_path):
    IndexFolder(tmp_path, encoder, write=True)
    other = type(encoder)("other")

    with pytest.raises(LibraryError, match="set ANAMNESIS_ENCODER"):
        Library(tmp_path, other)
    with pytest.raises(LibraryError, match="anamnesis index add"):
        Library(tmp_path / "nowhere", encoder)


def test_filters_leave_out_what_is_not_wanted(encoder, tmp_path):
    index = IndexFolder(tmp_path, encoder, write=True)
    old = Document(
        id="o", sections=(Section(path=("t",), text="old cough"),), date="2001", source="A"
    )
    new = Document(
        id="n", sections=(Section(path=("t",), text="new cough"),), date="2024", source="B"
    )
    add_corpus(index, "c", [old], trust=Trust.TRUSTED)
    add_corpus(index, "d", [new], trust=Trust.SEARCH)
    library = Library(tmp_path, encoder, "cpu")

    def found(**wanted):
        hits = library.search("cough", 9, Looking(wanted=Filter(**wanted)))
        return [hit.kept.id for hit in hits]

    assert sorted(found()) == ["n-1", "o-1"]
    assert found(since="2020-01-01") == ["n-1"]
    assert found(sources=("A",)) == ["o-1"]
    assert found(trusted=True) == ["o-1"]
    assert found(corpora=("d",), trusted=True) == []
    assert found(audience="professional") == found(language="zh") == []


def test_unknown_format_and_missing_file_say_what_to_do(tmp_path):
    with pytest.raises(InvalidInputError, match="--format"):
        list(documents(tmp_path, "word", Reading(), print))
    with pytest.raises(InvalidInputError, match="neither a file"):
        list(documents(tmp_path / "no", "auto", Reading(), print))


def test_sentences_of_a_story_are_looked_at_one_by_one(encoder, tmp_path):
    """The one sentence that names the matter must not drown in the others."""
    index = IndexFolder(tmp_path, encoder, write=True)
    texts = [doc("Gout", "swollen toe"), doc("Mill dust", "work in a mill with dust and noise")]
    add_corpus(index, "c", texts, trust=Trust.SEARCH)
    library = Library(tmp_path, encoder, "cpu")
    story = "My father worked in a mill with dust and noise and dust. " * 3 + "Is it gout then?"

    assert sentences_of("One. Two words. Now three words! " + story)[0] == "Now three words!"
    plain, shaped = (
        dict(library.ranked(story, 9, Looking(shaped=shaped))) for shaped in (False, True)
    )
    assert shaped[0] > plain[0] + 0.1


def test_names_of_what_it_may_be_about_are_looked_for(encoder, tmp_path):
    index = IndexFolder(tmp_path, encoder, write=True)
    texts = [doc("Gout", "uric acid"), doc("Sprain", "twisted joint")]
    add_corpus(index, "c", texts, trust=Trust.SEARCH)
    library = Library(tmp_path, encoder, "cpu")
    looking = Looking(about=lambda _: encoder.encode(["gout"])[0])

    assert library.search("hot red joint", 2)[0].kept.title == "Sprain"
    assert library.search("hot red toe", 2, looking)[0].kept.title == "Gout"


def test_titles_are_encoded_once_and_outlive_a_broken_run(encoder, tmp_path):
    index = IndexFolder(tmp_path, encoder, write=True)
    many = [doc("Gout", *(f"text {n}" for n in range(5))), doc("Sprain", "joint")]
    add_corpus(index, "c", many, trust=Trust.SEARCH)
    assert len(index.titles) == 2
    assert index.titles.of_rows().tolist() == [0, 0, 0, 0, 0, 1]
    for name, rest in (("vectors.f16", 7), ("keys.i64", 11), ("rows.i32", 3)):
        with (tmp_path / "titles" / name).open("ab") as stream:
            stream.write(b"x" * rest)  # what a broken-off run left

    add_corpus(index, "d", [doc("Hives", "weals")], trust=Trust.SEARCH)

    assert index.titles.of_rows().tolist() == [0, 0, 0, 0, 0, 1, 2]
    assert Library(tmp_path, encoder, "cpu").search("hives", 1)[0].kept.title == "Hives"


def test_index_without_titles_is_searched_by_rank(encoder, tmp_path):
    """An index of an earlier version goes on working."""
    index = IndexFolder(tmp_path, encoder, write=True)
    add_corpus(index, "c", [doc("Gout", "toe"), doc("Sprain", "joint")], trust=Trust.SEARCH)
    for file in (tmp_path / "titles").iterdir():
        file.unlink()

    assert Library(tmp_path, encoder, "cpu").search("toe", 1)[0].kept.title == "Gout"
