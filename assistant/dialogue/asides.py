"""Things said beside the matter: questions, greetings, thanks, doses, bargaining, orders."""

import re

# First match wins; each is tried only on text in which no finding was understood, except
# "dose", "bargain" and "orders", which may stand beside one.
MOST_ASKED = 300  # characters; a longer message tells a story
_BESIDE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "orders",
        re.compile(
            r"ignore (all |any |the |your )*(previous|above|prior|earlier)?\s*(instructions|rules)|"
            r"system prompt|you are now|developer mode|jailbreak|pretend (to be|you are)|"
            r"忽略(之前|以上|所有|前面|你|的)*(指令|规则|提示)|系统提示|开发者模式|假装你是",
            re.I,
        ),
    ),
    (
        "dose",
        re.compile(
            r"\b(what|which|how (much|many)) (dose|dosage|mg|tablets?|pills?)\b|"
            r"\bhow (much|many)\b.{0,30}\b(take|give)\b|\bprescri(be|ption)\b|"
            r"\bcan i take\b|\bshould i take\b|"
            r"(吃|用|服)多少|(吃|用|服)几(片|粒|颗|毫克)|剂量|开(点|些|个)?(药|处方)|能(吃|用).{0,8}吗",
            re.I,
        ),
    ),
    (
        "bargain",
        re.compile(
            r"(do(n'?t| not)|can(no|')?t|not going to|won'?t|refuse to) (want to |need to )?"
            r"(go|call|see).{0,25}(hospital|ambulance|emergency|doctor|a&e|er\b)|"
            r"(make|say|mark) it (less|not) (urgent|serious)|"
            r"不想去(医院|急诊)|不(用|要)叫救护车|没那么严重吧",
            re.I,
        ),
    ),
)
_QUESTION = re.compile(
    r"^\W*(and |but |so |ok(ay)?,? |please,? |tell me |can you (tell|explain to) me )*"
    r"(what('?s| is| are| does| do| causes?| happens)|how (is|are|do|does|can|long|common|serious)|"
    r"why (is|are|do|does)|(can|may|should|could) (i|we|you|he|she|they|one|children|a child) "
    r"(take|use|give|have|eat|drink|get|treat|catch|prevent)|is (it|there|this|that)\b|are there|"
    r"(is|are|does|do|can) [a-z0-9 '\-]{2,60}?(contagious|dangerous|serious|curable|hereditary|"
    r"safe|treat|cause|help|go away|infectious|harmful)|when should|which (doctor|medicine|test)|"
    r"explain|tell me about|define)\b",
    re.I,
)
_QUESTION_ZH = re.compile(
    r"什么是|是什么|什么意思|怎么(办|治|回事|预防|处理|缓解|引起)|为什么|"
    r"(会|能|可以|要不要|需不需要).{0,14}[吗嘛么]|"
    r"有没有(危险|传染)|传染吗|严重吗|危险吗|什么时候(该|要|应该)|能(吃|用|喝)|可以(吃|用|喝)|该(吃|用|挂|看)什么"
)
# Asked of the assistant or of the patient's own matter, and answered by the consultation itself.
_OWN_MATTER = re.compile(
    r"\b(wrong with|have i got|do i have|i have\??$|happening to me|you think|you are|are you|"
    r"your name|why do you ask|the weather|time is it)\b|"
    r"我(得|患|是不是|怎么了)|你(觉得|是|为什么)|您(觉得|是|为什么)",
    re.I,
)
_ALONE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "greeting",
        re.compile(
            r"^\W*(hi|hello|hey|good (morning|afternoon|evening)|您好|你好|早上好|晚上好|在吗)"
            r"( there)?\W*$",
            re.I,
        ),
    ),
    (
        "thanks",
        re.compile(
            r"^\W*(many )?((thanks?|thank you|thx|cheers)\b|非常感谢|谢谢|多谢|感谢).{0,25}$", re.I
        ),
    ),
    ("goodbye", re.compile(r"^\W*(bye|goodbye|see you|再见|拜拜)\W*.{0,10}$", re.I)),
    (
        "who",
        re.compile(
            r"\b(who|what) are you\b|\bare you (a )?(real|human|doctor|bot|robot|ai)\b|"
            r"[你您]是(真的?)?(谁|什么|医生|人|机器人)",
            re.I,
        ),
    ),
)


def aside_in(text: str, understood: bool) -> str | None:
    """Return which aside `text` holds, "off_topic" where nothing else was understood, or None."""
    for name, pattern in _BESIDE:
        if pattern.search(text):
            return name
    if is_question(text) and (not understood or text.rstrip().endswith(("?", "？"))):
        return "question"
    if understood:
        return None
    for name, pattern in _ALONE:
        if pattern.search(text):
            return name
    return "off_topic"


def is_question(text: str) -> bool:
    """Return whether a message asks for knowledge, not about the matter of the consultation.

    >>> is_question("What is pericarditis?"), is_question("What is wrong with me?")
    (True, False)
    """
    if len(text) > MOST_ASKED or _OWN_MATTER.search(text):
        return False
    return bool(_QUESTION.search(text) or _QUESTION_ZH.search(text))
