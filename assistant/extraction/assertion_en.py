"""English cues, one example each; first those that only look like cues, for they shield the rest."""

# ruff: noqa: E501 - a cue or a grammar is one pattern: broken over lines it cannot be searched for
from assistant.extraction.assertion_rules import Effect, Rule, after, before

_FEAR = r"(?:worried|worry|worrying|afraid|scared|frightened|terrified|concerned|anxious|panicking|fear|nervous)"
_I = r"(?:i|he|she|it|this|that|they|we|you|there)"
_NOT = r"(?:not|n't|nt)"
# "It doesn't go down my leg" tells where a pain is not; "it doesn't go down" that it stays.
_SOMEWHERE = r" (?:up|down|in|into|to|across|through|over|around|round|from)(?: in| into| to)? (?:the|my|his|her|your|their|either|both|one|any|left|right)\b"

RULES_EN: tuple[Rule, ...] = (
    # --- no cue at all, though it looks like one
    before(Effect.NONE, r"\bnot (?:only|just|merely)\b", 9, "not only {fever} but also a cough"),
    before(
        Effect.NONE,
        r"\bno longer (?:able|can)\b",
        9,
        "no longer able to walk because of {knee pain}",
    ),
    before(
        Effect.NONE,
        r"\b(?:no|any|not much|little|without) (?:\w+ )?(?:improvement|relief|change|difference|better|progress)\b",
        9,
        "no improvement in {cough}",
    ),
    before(
        Effect.NONE,
        r"\b(?:can't|cannot|can not|cant|couldn't|won't|wont|not|doesn't|didn't|hasn't|never|don't) "
        r"(?:seem to |been able to )?(?:stop|stopped|stopping|quit|shake|get rid of|control)\b",
        9,
        "I can't stop {vomiting}",
    ),
    before(
        Effect.NONE,
        r"\b(?:can't|cannot|cant|unable|not able|couldn't|hardly|barely|don't|never)\b[^,.;]{0,30}\bwithout\b",
        9,
        "I can't eat without {vomiting}",
    ),
    before(
        Effect.NONE,
        r"\b(?:no|without|not any|any) (?:\w+ )?(?:reason|warning|cause|trigger|explanation|doubt|idea|wonder|matter|stopping|diagnosis|treatment)\b",
        9,
        "for no reason I get {palpitations}",
    ),
    before(
        Effect.NONE,
        rf"\b(?:do|does|did)(?: {_NOT}|{_NOT}) (?:know|understand|remember) (?:why|how|when|what|where)\b",
        9,
        "I don't know why I have {chest pain}",
    ),
    before(
        Effect.NONE,
        r"\bnever (?:had|felt|experienced|seen|known|been)\b(?=[^.;]*\b(?:like this|this bad|so bad|as bad|this strong|before|so much)\b)",
        9,
        "I have never had a {headache} like this",
    ),
    before(Effect.NONE, r"\b(?:can't|cannot|cant|couldn't)\b", 4, "I can't sleep and have {fever}"),
    after(
        Effect.NONE,
        rf"\b(?:(?:is|are|was|has|have|does|did|do|will|would|wo|it's|its|still)? ?(?:{_NOT}|never|no)) ?(?:been |be |really |even |gotten |getting |got )?"
        rf"(?:go(?:ing|ne|es)?(?!{_SOMEWHERE})|stop\w*|improv\w*|get\w*|better|resolv\w*|away|settl\w*|respond\w*|reliev\w*|help\w*|eas\w*|clear\w*|heal\w*|subsid\w*|relent\w*|caused|due|related|explained)\b",
        3,
        "my {fever} is not going away",
    ),
    after(
        Effect.NONE,
        r"\b(?:gone|went away|go away|goes away|resolved|stopped|disappeared|settled|subsided|cleared|passed)\b[^,.;]{0,12}\b(?:after|in|within|for|then|and|but|comes?|by itself|on its own)\b",
        3,
        "the {chest pain} went away after an hour",
    ),
    before(
        Effect.NONE,
        r"\b(?:(?:(?:\d+|one|two|three|four|five|six|several|few)?[- ]?(?:day|days|week|weeks|wk|month|months|hour|hours|year|years)|\d+[dhw]|\d+ ?/ ?(?:7|52|12))'?[- ](?:long )?(?:history|hx|h/o))\b(?: of)?",
        9,
        "3-day history of {cough}",
    ),
    before(Effect.NONE, r"\b(?:recent|short|brief) history of\b", 9, "short history of {fever}"),
    before(
        Effect.NONE,
        r"\bin the past (?:few|couple|\d+|two|three|four|five|week|day|hour|month|several|24)\b",
        12,
        "in the past few days I have had {diarrhea}",
    ),
    before(Effect.NONE, r"\bprior to\b", 9, "prior to coming in she had {chest pain}"),
    # --- doubt about whether
    before(
        Effect.POSSIBLE,
        rf"\b(?:not (?:quite |really |too |so |very )?sure|unsure|uncertain|wonder|wondering|(?:do|does)(?: {_NOT}|{_NOT}) know|"
        rf"can(?:not|'t|t) tell|hard to (?:say|tell))(?: (?:if|whether))\b",
        8,
        "I'm not sure if I have {fever}",
    ),
    # --- a question about what to do: few ask "should I go to hospital with chest pain?" who have none
    before(
        Effect.POSSIBLE,
        r"(?:^\W*(?:and |so |but |or )?(?:can|could|should|must|may|do|does)(?: i| we| he| she| they)(?: really| still| just)?(?: need to| have to)?"
        r" (?:be )?(?:go|call|see|worry|worried|concerned|wait|visit|drive|work|fly|sleep|come|ring)\b)",
        7,
        "Should I go to hospital with {chest pain}?",
    ),
    before(
        Effect.POSSIBLE,
        r"(?:^\W*(?:and |so |but |or )?(?:is|are)(?: it)?\b(?=[^?]*\b(?:dangerous|serious|normal|bad|harmless|an emergency)\b))",
        6,
        "Is {chest pain} dangerous",
    ),
    # --- feared, supposed, asked
    before(
        Effect.UNSAID,
        r"(?:^\W*(?:and |so |but |or )?(?:can|could|should|may) (?:i|we|he|she|they|you)(?: still| also| just)? (?:take|use|give|eat|drink|have|stop taking|start)\b)",
        5,
        "can i take {ibuprofen} with that",
    ),
    before(
        Effect.UNSAID,
        r"(?:^\W*(?:and |so |but |or )?(?:is|are|can|does|do|could|will)\b(?=[^?]*\b(?:contagious|infectious|catching|hereditary|genetic|inherited|curable|treatable|catch|spread from|passed on)\b))",
        4,
        "is {pneumonia} contagious",
    ),
    before(
        Effect.UNSAID,
        rf"\b{_FEAR}(?: that)?(?: about)? (?:if |in case )?{_I}(?:'s|'m|'ve|'ll| \w+)?",
        6,
        "I am worried it is {pneumonia}",
    ),
    before(
        Effect.UNSAID,
        rf"\b{_FEAR}(?: (?:about|of|for))(?: (?:getting|having|catching|developing|possible|a|an))+",
        4,
        "I'm scared of getting {shingles}",
    ),
    before(
        Effect.UNSAID,
        rf"\b(?:if|unless|whenever|should|whether or not) (?:{_I}|my \w+|the \w+) (?:\w+ )?"
        r"(?:get|gets|have|has|develop|develops|had|notice|notices|start|starts|become|becomes|got|experience|catch|feel|feels|gives|give)\b",
        8,
        "what should I do if I get {fever}",
        lists=True,
    ),
    before(
        Effect.UNSAID,
        r"\b(?:just )?in case (?:of|it|i|he|she|there)\b",
        6,
        "in case of {fever} I have tablets",
    ),
    before(
        Effect.UNSAID,
        r"\b(?:risk|chance|danger|fear|possibility) of\b|\b(?:prevent|avoid|preventing|avoiding|against)\b|\bat risk (?:for|of)\b",
        4,
        "I take it to prevent {migraine}",
        lists=True,
    ),
    before(
        Effect.UNSAID,
        r"\b(?:return|come back|call|seek help|watch|watch out|look out|monitor)(?: (?:if|for|should)| you \w+)\b",
        9,
        "return if {chest pain} develops",
        lists=True,
    ),
    before(
        Effect.UNSAID,
        r"\b(?:tested|test|tests|screened|screening|screen|checked|vaccinated|vaccine|vaccination|swab)(?: \w+)? (?:for|against)\b"
        r"|\b(?:rule out|r/o|to exclude)\b",
        5,
        "they tested her for {pneumonia}",
    ),
    before(
        Effect.UNSAID,
        rf"^\W*(?:and |so |but |or )?(?:could|can|might|would|may|should|is|am|are|was|does|do|has|have) (?:{_I}|you)\b(?=[^?]*$)",
        5,
        "Could it be {pneumonia}?",
    ),
    before(
        Effect.UNSAID,
        r"\b(?:am i (?:having|getting|going to have)|could (?:it|this|that|these) be|might (?:it|this) be)\b",
        5,
        "tight all over, am I having a {heart attack}",
    ),
    before(
        Effect.UNSAID,
        r"\b(?:prn|as needed|as required|when needed)\b(?: \w+)? for\b|\b(?:provided|assuming|supposing|as long as|so long as) (?:it|this|that|there)\b",
        6,
        "PRN paracetamol for {fever}",
        lists=True,
    ),
    before(
        Effect.UNSAID,
        r"\b(?:googled|read about|read that|heard about|what is|what are|what causes|information about|articles? about)\b",
        6,
        "I read about {appendicitis} online",
    ),
    # --- fillers: what is guessed at is how to put it, since when or how much, not whether
    before(
        Effect.NONE,
        r"\bi guess(?: i guess)? (?:it|that|there|i)(?:'s|'ve|'m| is| feels?| was| do| have| get)?\b",
        6,
        "I guess it's a {tightness}",
    ),
    before(
        Effect.NONE,
        r"\b(?:it |this |that )?(?:looks|seems) like (?:my|his|her|our|their)\b(?=[^.;]*\b(?:flar\w+|back|wors\w+|acting up|spreading|better)\b)",
        3,
        "it looks like my {eczema} is flaring",
    ),
    before(
        Effect.NONE,
        r"\bi think(?:,? i think)? (?:the|my|his|her|all)\b(?=[^.;?]*\b(?:started|began|came|is getting|are getting|got worse|is worse|helps?|better|worse)\b)",
        6,
        "I think the {cough} started first",
    ),
    before(
        Effect.NONE,
        r"\bi think(?: (?:i|i've|he|she|it))?(?:'s| have| has)? (?:lost|gained|like|about|around|since|maybe about|\d)\b",
        6,
        "I think I've lost {weight}",
    ),
    # --- doubt
    before(
        Effect.POSSIBLE,
        r"\b(?:first|initially|beginning|originally)(?: \w+){0,2},? (?:i|we|he|she|they)(?: (?:was|were))? (?:thought|thinking|assumed|suspected)\b",
        8,
        "at first I thought I had a {chest infection}",
    ),
    before(
        Effect.POSSIBLE,
        r"(?<![a-z] )\bthink (?=(?:my|he|she|it|that|i)\b)",
        6,
        "think my grandpa had {lung cancer}",
    ),
    after(
        Effect.POSSIBLE,
        r"\b(?:could not|couldn't|cannot|can't) be (?:ruled out|excluded)\b",
        3,
        "a {fracture} could not be ruled out",
    ),
    after(
        Effect.POSSIBLE,
        r"\b(?:so |but )?i(?:'m| am) not (?:really |quite |too |so )?(?:sure|certain)(?: about (?:it|that|this))?(?=$|[,;])",
        6,
        "a little {warm} yesterday so I'm not sure about that",
    ),
    before(
        Effect.POSSIBLE,
        r"\bnot (?:quite |really |too |so |very )?sure(?: about)?\b",
        4,
        "not sure about {fever}",
    ),
    before(
        Effect.POSSIBLE,
        r"\b(?:maybe|perhaps|possibly|possible|probably|probable|potentially|presumably|query|suspect|suspected|suspects|suspicion of|suspicious for|likely)\b",
        6,
        "maybe a {fever}",
    ),
    before(
        Effect.POSSIBLE,
        r"\b(?:might|may|could)(?: (?:be|have|also|just|have been|even|possibly|well))+\b",
        6,
        "he might have a {fever}",
    ),
    before(
        Effect.POSSIBLE,
        r"\b(?:i|we|she|he|they) (?:think|guess|believe|suppose|reckon)\b(?! about)",
        6,
        "I think I have {fever}",
    ),
    before(
        Effect.POSSIBLE,
        r"\b(?:seems? (?:like|to)|appears? to|looks like)\b",
        5,
        "she seems to have a {fever}",
    ),
    after(
        Effect.POSSIBLE,
        r"\b(?:i think|i guess|not sure|unsure|is possible|(?:maybe|perhaps|possibly|probably)(?! \w))\b",
        2,
        "a bit of {fever}, maybe",
        lists=True,
    ),
    # --- not there
    before(
        Effect.ABSENT,
        rf"\b(?:do|does|did|would)(?: {_NOT}|{_NOT}) (?:think|believe|feel|suppose)(?: (?:that|like))?\b",
        7,
        "I don't think I have {fever}",
    ),
    before(
        Effect.ABSENT,
        r"(?:-ve\b(?: for)?|\b(?:den(?:y|ies|ied|ying)|negative for|neg for|free (?:of|from)|absence of|rules? out|ruled out|no (?:evidence|signs?|symptoms?|complaints?|history|hx) of|"
        r"no (?:evidence|signs?|complaints?)|resolved|never (?:had|has|have|been|experienced|suffered))\b)",
        10,
        "denies {fever}, cough, rash",
        lists=True,
    ),
    before(
        Effect.ABSENT,
        r"\bno longer (?:has|have|having|any|feel|feels|with)?",
        5,
        "he no longer has {fever}",
    ),
    before(
        Effect.ABSENT,
        r"\b(?:without|w/o|neither|nor|none of)\b",
        8,
        "cough without {fever}",
        lists=True,
    ),
    before(
        Effect.ABSENT,
        rf"\b(?:do|does|did|has|have|had|is|are|was|were|am|ca|would|wo)(?: {_NOT}|{_NOT})\b(?: (?:really|currently|actually|even|also))?"
        r"(?: (?:have|having|had|got|get|getting|any|a|an|been|feel|feeling|experience|experiencing|experienced|noticed|notice|see|seen|suffer|suffering|complain|complaining|been having))*",
        5,
        "I don't have {fever}",
    ),
    before(
        Effect.ABSENT,
        r"\b(?:not|never|isnt|wasnt|havent|hasnt|didnt|dont|doesnt)\b",
        4,
        "not {vomiting}",
    ),
    before(Effect.ABSENT, r"\b(?:no|nil|zero|non)\b(?! ?[,:])", 7, "no {fever}"),
    after(
        Effect.ABSENT,
        rf"(?:\b(?:(?:is|are|was|were)(?: {_NOT}|{_NOT}) (?:there|present|seen|noted|a problem)|(?:is |are |was |were )?(?:absent|negative(?! \w)|denied|ruled out|excluded|unlikely)|none|nil)\b|[:=(-] ?(?:no\b|none|neg|negative|nil|absent|-))",
        2,
        "{fever}: none",
        lists=True,
    ),
    after(
        Effect.GONE,
        r"\b(?:(?:is|are|has|have|was|had|'s)?(?: now| all| completely| already| since| finally)* (?:gone|resolved|cleared up|went away|gone away|disappeared|settled|subsided|stopped))\b",
        1,
        "my {cough} is gone",
    ),
    # --- told of the family
    before(
        Effect.FAMILY,
        r"\b(?:(?:on|from) (?:my |the )?(?:mum|mom|mother|dad|father|paternal|maternal)(?:'?s)? side\b|family (?:history|hx)(?: is)?(?: positive)?(?: of| for| significant for|:)?|fhx?(?: of|:)?|runs in (?:the|my|our) family|in (?:the|my|our) family)",
        10,
        "family history of {diabetes}",
        lists=True,
    ),
    after(
        Effect.FAMILY,
        r"\b(?:runs? in (?:the|my|our|his|her) family|in (?:the|my|our|his|her) family|family history)\b",
        3,
        "{diabetes} runs in the family",
    ),
    # --- over, before this illness
    before(
        Effect.PAST,
        r"\b(?:died|passed away|passed on|dead) (?:of|from|with|after)\b",
        6,
        "my uncle died of {lung cancer}",
    ),
    after(
        Effect.PAST,
        r"\b(?:i|he|she|we)(?:'ve|'d|'s| have| has| had) had before\b|(?<!the )(?<!day )(?<!night )\bbefore(?=$| ?[,;.]| but\b| and\b)|\bback then\b|\bthat time\b",
        5,
        "I have had {headaches} before",
    ),
    before(
        Effect.PAST, r"\bused to (?:have|get|suffer|be|feel)?\b", 6, "I used to have {migraine}"
    ),
    before(
        Effect.PAST,
        r"\b(?:history of|hx of|h/o|hx|pmh(?: of| sig for| significant for)?|past medical history(?: of| significant for| is)?|previous|previously|prior|formerly|once had|"
        r"in the past|years ago|last year|as a (?:child|kid|teenager|baby|boy|girl|young)|when i was (?:a |an |\d|young|little|small|in)\w*|in (?:my )?childhood|back in|in (?:19|20)\d\d)\b",
        8,
        "history of {chest pain}",
        lists=True,
    ),
    after(
        Effect.PAST,
        r"\b(?:years? ago|last year|as a (?:child|kid|teenager|baby|boy|girl)|when i was (?:a |\d|young|little|small|in|at)\w*|in (?:my )?childhood|in the past|in (?:19|20)\d\d|decades ago)\b",
        6,
        "I had {chest pain} two years ago",
    ),
)

# What ends the scope of a cue that stands before its targets.
END_EN = (
    r"\b(?:but|except|although|though|however|yet|apart from|aside from|other than|besides|despite|because|until|nevertheless|instead|"
    r"then|just|only|which|who|whereas|while|when|as well as|so|still)\b|[;:]| - "
    r"|(?:,|\band\b|\bplus\b)\s*(?:and |so |also |now )*(?:i|i'm|i've|im|ive|he|she|it|it's|they|we|he's|she's|there|there's|also|has|have|having|had|is|are|am|"
    r"with|feel|feels|feeling|bad|severe|terrible|awful|some|a|an|got|gets|started|still|very|really|lots|now|today|presents|presented|complains|reports|positive|"
    r"my \w+ (?:is|are|has|have|feels?|hurts?|aches?|keeps?|\w+ed|went|won't|can't)|the \w+ (?:is|are|has|have))\b"
)
# What brings a tale of the past back to today where no comma does.
END_PAST_EN = (
    r"\b(?:now|nowadays|today|tonight|currently|these days|lately|recently|this (?:morning|afternoon|evening|week|month|time)|yesterday|last night|right now|"
    r"(?:i|we|they|you)(?:'ve| have|'m| am)(?! (?:had|been|ever))(?! \w+ed\b)|(?:he|she|it)(?:'s| has| is)(?! (?:had|been|ever))(?! \w+ed\b)|"
    r"(?:hurts?|aches?|itches|keeps?|feels?|can't|cannot|won't|doesn't|don't)|(?:my|the) \w+ (?:is|are|has|have)(?! (?:had|been)))\b"
)
# A question about a complaint that the speaker has.
OWN_EN = (
    r"\b(?:for|with|help|helps|ease|stop|cure|treat|relieve|about|at|of|on) (?:\w+ )?(?:my|his|her|our|their|this|these)\b"
    r"|(?:^\W*|\bthat )(?:my|his|her|our|their|this|these)\b"
)
