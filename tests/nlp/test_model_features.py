"""What is learned from and what is weighed in use are the same features, whatever the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.engine import shipped
from nlp.lexicon import lexicon
from nlp.model import Spread, gram_names, other_features
from nlp.segment import cut, fast_engine, reference_engine
from nlp.spelling import normalise
from nlp.training.messages import load_messages


def _is_the_same(text: str) -> bool:
    model = shipped().model
    names, scale = gram_names(text)
    part = Spread(model, text).part(0, len(text), other_features(text, lexicon().read(text)))
    return part.scale == scale and set(part.rows) == {model.index[name] for name in names if name in model.index}


def test_every_gram_of_a_message_is_weighed_as_it_was_learned() -> None:
    for message in load_messages()[::7]:
        plain = normalise(message.text)
        assert _is_the_same(plain), plain


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_weighed_as_it_would_be_learned(text: str) -> None:
    plain = normalise(text)
    assert "".join(cut(plain)) == plain
    assert _is_the_same(plain)


def test_a_part_of_a_message_reads_the_words_inside_it_alone() -> None:
    text = "楼顶漏水，楼下电动车没地方充电"
    whole = lexicon().read(text)
    at = text.index("楼下")
    part, alone = lexicon().part(whole, at, len(text)), lexicon().read(text[at:])
    assert part.scores == alone.scores
    assert {hit.word for hit in part.hits} == {hit.word for hit in alone.hits}


def test_the_fast_engine_cuts_nearly_as_the_reference_does() -> None:
    fast, reference = fast_engine(), reference_engine()
    assert fast is not None
    texts = [normalise(message.text) for message in load_messages()[::5]]
    same = sum(fast(text) == reference(text) for text in texts)
    assert same / len(texts) > 0.97
