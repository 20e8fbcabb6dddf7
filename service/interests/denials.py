"""Words that deny, and words that only seem to, in English and Spanish: the phrases that `clauses` reads by. Pure."""

from __future__ import annotations

import re


def phrases(lines: str) -> re.Pattern[str]:
    """Any of them as whole words, in any case: a line or two blanks between. An apostrophe may be curly or missing, an accent missing."""
    pattern = "|".join(re.split(r"\n\s*|  +", lines.strip())).replace("'", "['’`´]?")
    for accented, plain in ("áa", "ée", "íi", "óo", "úu"):
        pattern = pattern.replace(accented, f"[{accented}{plain}]")
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


# The rest of a sentence that ends in a wish: "never learned to swim, and would like to".
_TO_WISH = r"(?: (?:like|love|to|learn|try|start|it|that|aprender|probar|intentar|\w+lo))*\s*(?:[.;!?\n]|$)"
_LATER = rf"[^.;!?\n]*(?:,|\b(?:and|but|though)\b)[^.;!?\n]*\b(?:would|i'd|want|hope|wish|wanted){_TO_WISH}"
_LATER_ES = rf"[^.;!?\n]* (?:y|pero) [^.;!?\n]*(?:me gustaría|quisiera|quiero){_TO_WISH}"
_CANNOT = r"(?:can(?:'t|not| not)|could(?:n't| not))"

# Negative words that say a wish.
DOUBLE = phrases(rf"""
    (?:do|does|did|would)(?:n't| not) (?:really )?mind
    no problem with  why not  nothing but
    not (?:only|just)(?=[^.;!?\n]*(?:but|also|too|as well))
    (?:{_CANNOT}|would(?:n't| not)) (?:live|do|be|go|survive|manage|get by|imagine (?:life|living))(?: a day)? without
    {_CANNOT} (?:wait|get enough|stop|resist)(?: to| of)?
    (?:there is |there's )?nothing (?:\w+ ){{0,6}}?(?:than|like|beats)
    (?:it is |it's )?never (?:too (?:late|old)|(?:get |got )?(?:tired|bored|enough)|miss(?:ed)?)(?: of| with| to| for)?
    (?:(?:do|would|did)(?:n't| not)(?: want to)?|hate to) (?:miss|give up|stop|lose)
    (?:never|have(?:n't| not)|did(?:n't| not)|do(?:n't| not) know how to|can(?:'t|not| not))(?={_LATER})
    (?:no ?body|no[- ]one|no (?:friends?|partner|company)|not anyone|n't anyone)(?: \w+)? (?:to|who)
    no me (?:importa|molesta|importaría|molestaría|canso de|aburro de)
    no (?:puedo|podría|sé) (?:vivir|estar|pasar) sin
    (?:no hay )?nada (?!de )(?:\w+ ){{0,5}}?(?:más|mejor|tanto|como)(?: que| como)?
    no (?:sólo|solamente)  por qué no  nunca es tarde(?: para)?
    sin (?:embargo|duda)  más o menos  (?:al|por lo) menos
    no tengo (?:a nadie|nadie|con quién|amig\w+)(?: con quién| para)?
    (?:nunca|no)(?={_LATER_ES})
""")
EXCEPT = phrases(r"""
    (?<=thing )but  (?<=all )but  except(?: for)?  (?:other|rather) than  apart from  instead of
    excepto  salvo  menos  en (?:vez|lugar) de(?:l)?  aparte de(?:l)?
""")
WITHOUT = phrases("without  than  sin")
# Said of what stands before it.
AGAINST = phrases("hurts?  bores?  (?:is|are) boring  (?:me )?aburren?  (?:me )?duelen?")
UNABLE = phrases(rf"""
    {_CANNOT}(?! (?:stand|bear|abide))  unable to  ha(?:ve|s|d)(?:n't| not)
    never (?:learn(?:ed|t)|been|did|tried|had|got|played|done|went|danced|sang)
    g[ai]ve up  given up  quit  stopped  too (?:old|weak|slow|tired|stiff|ill|sick|shy) (?:for|to)
    not (?:sure|yet|good at)  nothing
    (?:ya )?no puedo  no sé  nunca (?:aprendí|he|pude|supe)  dejé de  nada(?! de)
""")
REFUSE = phrases(rf"""
    no (?:soporto|aguanto|quiero|me gustan?|me interesan?)
    (?:is |are )?not my (?:cup of tea|kind of thing)
    hate[sd]?  detest  dislike[sd]?  despise  loathe  avoid  {_CANNOT} (?:stand|bear|abide)
    (?:do|does|did|would|will|wo|is|are|was|were|ai|should)(?:n't| not)
    not?  nope  never  none  neither  nor
    (?:tired|sick|enough) of  fed up with  bored (?:of|with|by)  done with  enough  away from  leave out
    odio  detesto  aborrezco  nada de(?:l)?  nunca  jamás  tampoco  ni
    (?:hart|cansad|aburrid)[oa]s? de(?:l)?  basta de
""")
LIKE = phrases(r"""
    (?:i |i'd |would |we )(?:really |also |just |still )*(?:like|love|want|enjoy|prefer|rather)
    love  adore  enjoy  prefer  yes  yeah  favou?rite  instead  rather
    (?:is|are|would be|sounds?|es|son) (?:great|fine|good|ok|okay|better|bien|mejor|genial)
    me (?:gusta|encanta|interesa)n?  me gustaría  quiero  quisiera  prefiero  adoro  amo  sí
""")
PLEASE = phrases("please  por favor")
ALONE = phrases("alone  by myself  on my own  (?<!siento )(?<!personas )sol[oa]  sin compañía")
VERB = phrases("is  are  was  were  does  do  did  would  will  es  son  fue")
CONTRAST = phrases("(?<!thing )(?<!all )but  however  (?:al)?though  pero  sino  aunque  en cambio")
JOINED = rf"{phrases('and  or  y  o  e(?= h?i)').pattern}|\s[&+]\s"
BREAK = re.compile(
    rf"(?P<joined>{JOINED})|(?P<contrast>{CONTRAST.pattern})|[,:()/|•·–—\[\]]+(?!\d)|\s-\s|\s(?=(?:ni|nor)\s)"
    rf"|{phrases('because  so  porque  pues').pattern}",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.;!?…\n]*(?:[.;!?…\n]+|$)")
