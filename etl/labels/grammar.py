"""What may be a noun phrase, told by word lists and endings: no tagger, hence no model to download.

The lists are short because papers write alike. A wrong guess costs one candidate among thousands; that a phrase is
common, telling and in titles matters more (see `scoring`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from etl.labels.spelling import singular

LONGEST = 4  # words of a phrase; a hyphenated word is one

# Words that end a phrase wherever they stand.
_FUNCTION_WORDS = """
    via using towards toward based versus vs without within among beyond upon per et al can may might will
    does do better best well much many more most less least also however thus hence therefore both either
    neither whether while when where how why which whose what that this these those here there then than such
    same other another new novel further moreover instead rather quite very too only just even still yet
    already soon ever never always often one two three four five six seven eight nine ten first second third
    etc eg ie revisited considered harmful matters matter need needs think thinking meets meet goes gets some
    any all every each enough good really given proposed called named followed following including according
    due along across against between through during before after above below under over into onto off out up
    down again once about is are was were be been being has have had having no not nor
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())
# Verbs of titles and abstracts; an -ing word not among these may be a noun ('scheduling', 'programming').
_VERBS_WORDS = """
    accelerating achieving adapting addressing advancing aligning allowing analyzing analysing applying
    assessing augmenting automating avoiding balancing beating benchmarking boosting breaking bridging
    bringing building capturing changing characterizing characterising closing combining comparing conducting
    constructing containing controlling converting creating decoupling defending defining deploying
    demystifying deriving designing detecting determining developing discovering disentangling distilling
    eliciting eliminating empowering enabling encouraging enhancing ensuring establishing estimating
    evaluating evolving examining exploiting exploring extending extracting facilitating finetuning fixing
    forming fostering generalizing generating getting going guiding harnessing helping identifying improving
    incentivizing incorporating increasing inferring inducing injecting integrating interpreting introducing
    investigating keeping knowing leveraging leading letting lifting linking looking managing maximizing
    measuring mitigating minimizing moving obtaining optimizing optimising overcoming performing playing
    predicting presenting preserving preventing probing producing promoting protecting providing proving
    pushing quantifying recovering reducing refining reconstructing reconciling removing replacing
    representing resolving resulting rethinking revealing revisiting running seeing selecting showing
    simplifying solving speeding steering stopping strengthening studying supporting surpassing tackling
    taking talking teaching telling tracing transferring transforming trying turning uncovering unifying
    unleashing unlocking unveiling validating verifying visualizing show shows shown propose proposes present
    presents presented introduce introduces introduced demonstrate demonstrates demonstrated achieve achieves
    achieved improve improves improved outperform outperforms provide provides provided enable enables make
    makes made use uses used perform performs performed require requires required obtain obtained find found
    consider considered discuss discussed develop developed describe described investigate investigated
    evaluate evaluated compare compared lead leads led help helps allow allows become becomes becoming remain
    remains exist exists give gives take takes get know say says explain predict predicts prove learn learns
    see want generate generates compute computes solve solves apply applied adapt choose understand build
    bring identify detect believe contain contains include includes combine reduce reduces increase increases
    decrease depend depends suggest suggests suggested reveal reveals aim aims rely relies tend keep think ask
    tell play fail fails exploit leverage leverages integrate integrates explore capture captures
"""
_VERBS = frozenset(_VERBS_WORDS.split())
# These begin no phrase, but end one: 'question answering', 'path finding'.
_NOT_FIRST_WORDS = """
    answering finding understanding making tuning editing matching reasoning sharing handling tracking
    grounding prompting aligning modeling modelling seeking
"""
_NOT_FIRST = frozenset(_NOT_FIRST_WORDS.split())
# Adjectives that say how good or how old something is; they begin no label and end none.
_EMPTY_ADJECTIVES_WORDS = """
    different various several simple effective efficient fast faster robust general generic accurate practical
    optimal recent existing current previous similar important significant comprehensive promising powerful
    strong large larger big small smaller high higher low lower long short full partial complete main major
    minor key common certain particular specific particularly possible potential available able useful great
    rich diverse novel unified improved enhanced advanced modern traditional end-to-end real-world large-scale
    open-source high-quality scalable flexible reliable empirical extensive proposed systematic initial
    preliminary overall total final free open easy hard difficult complex true real wide broad popular
    successful competitive superior exact approximate best-known interesting necessary sufficient fully highly
    data-driven well-known unknown known fine good bad clear critical essential crucial entire whole single
    multiple two-stage lightweight low-cost cost-effective next early late daily human-like
"""
_EMPTY_ADJECTIVES = frozenset(_EMPTY_ADJECTIVES_WORDS.split())
_ADJECTIVES_WORDS = """
    deep linear nonlinear non-linear binary temporal neural spatial natural visual virtual digital convex
    non-convex nonconvex sparse dense discrete random smart mobile autonomous online offline unsupervised
    supervised self-supervised semi-supervised weakly-supervised few-shot zero-shot bayesian
    convolutional recurrent adversarial generative social medical clinical biological planar regular
    polynomial parallel wireless open-ended open-world multi-modal multimodal cross-modal low-rank
    low-resource long-term short-term short long-context fine-grained high-dimensional high-resolution
    low-dimensional multilingual cross-lingual monolingual bilingual embodied controllable interpretable
    explainable trustworthy fair private secure safe green intelligent hidden massive public finite
    infinite stochastic probabilistic dependent independent consistent efficient coherent latent static
    nonparametric non-parametric parametric unstructured structured uncertain artificial dynamic
    semantic subjective
"""
_ADJECTIVES = frozenset(_ADJECTIVES_WORDS.split())
_ADJECTIVE_ENDINGS = re.compile(
    r".{2,}(?:ous|less|ful|able|ible|al|ic|ive|ly|ed|ary|ory|esque|wise|variate|-based|-aware"
    r"|-driven|-guided|-free|-agnostic|-specific|-level|-like|-oriented|-enhanced|-augmented|-assisted|-constrained"
    r"|-efficient|-scale|-wise|-time|-centric|-order|-step|-stage|-shot|-quality|-supervised|-informed|-conditioned"
    r"|-hard|-complete|-box|-view|-agent|-label|-task|-turn|-modal|-language|-domain|-wave)$"
)
_NOUNS_DESPITE_ENDING_WORDS = """
    variable table cable observable vegetable renewable music traffic topic logic arithmetic graphic metric
    heuristic clinic fabric arctic public mechanic basic characteristic statistic pandemic epidemic rhetoric
    plastic critic diagnostic narrative archive objective perspective initiative incentive alternative
    directive primitive derivative adjective executive motive collective detective trial material potential
    tutorial editorial memorial signal retrieval removal approval proposal journal animal denial survival
    arrival renewal interval disposal portal capital hospital goal criminal principal rental appraisal
    referral withdrawal crystal metal terminal integral polynomial credential differential boundary vocabulary
    summary library dictionary adversary commentary salary glossary memory theory category trajectory history
    factory inventory directory story laboratory repository territory speed feed seed need embed shed bed
    breed family anomaly assembly supply fly butterfly reply monopoly poly olive drive hive dive live five
    additive relative explosive adhesive
"""
_NOUNS_DESPITE_ENDING = frozenset(_NOUNS_DESPITE_ENDING_WORDS.split())
# Nouns and adjectives that name no subject: a phrase of nothing else is none.
_COMMONPLACE_WORDS = """
    model system algorithm problem analysis network data information learning task process design time number
    set function structure application domain feature value level type class form group part point space state
    condition parameter property user human people world theory experiment example sample knowledge
    computation training test testing inference generation performance accuracy efficiency complexity quality
    error cost solution representation classification implementation development activity effect impact role
    change event environment resource service software science technology engineering computer machine
    intelligence pattern measure measurement component construction interaction operation strategy support use
    access object input output source target rule step line term size rate order bound context content deep
    neural artificial large high low linear simple complex multiple single general common random real public
    dynamic adaptive hybrid automatic statistical mathematical theoretical empirical computational scientific
    technical academic novel modeling modelling evolution pipeline architecture module tool scale scaling
    dataset benchmark evaluation metric language foundation base key mechanism log issue visual behavior
    behaviour simulation dimension distribution
"""
_COMMONPLACE = frozenset(_COMMONPLACE_WORDS.split())
# Nouns that name no subject and end no phrase either: 'a graph-based approach'.
_NO_HEAD_WORDS = """
    method methodology approach framework technique study paper work survey review overview result application
    case challenge perspective issue advantage direction opportunity future introduction lesson insight
    comparison improvement performance experiment example way view aspect step investigation exploration note
    proposal report tutorial discussion question answer need effort attempt advance progress trend
    contribution experience effectiveness usefulness ability capability power success guarantee limit
    limitation gap scenario setting paradigm principle practice criterion factor effect impact role help
    technology solution scheme strategy procedure number variety range amount set kind type lack presence
    absence importance potential use usage thing toolkit research researcher author literature article
    baseline dataset benchmark towards look guide roadmap evaluation assessment extension version
    implementation pipeline feature value level time part term
"""
_NO_HEAD = frozenset(_NO_HEAD_WORDS.split())
_NOUNS_AMONG_STOP_WORDS = frozenset(
    {"system", "computer", "fire", "interest", "mill", "bill"}
)  # scikit-learn's


@lru_cache(maxsize=200_000)
def breaks(word: str) -> bool:
    """True for what no phrase holds: punctuation, numbers, single letters, function words, verbs and adverbs."""
    if len(word) < 2 or not word[0].isalnum() or not any(map(str.isalpha, word)):
        return True
    if word in ENGLISH_STOP_WORDS or word in _FUNCTION or word in _VERBS:
        return word not in _NOUNS_AMONG_STOP_WORDS
    return word.endswith("ly") and word not in _NOUNS_DESPITE_ENDING and len(word) > 4


@lru_cache(maxsize=200_000)
def _is_head(word: str) -> bool:
    """Whether a phrase may end with the word."""
    if word in _EMPTY_ADJECTIVES or word in _ADJECTIVES or singular(word) in _NO_HEAD:
        return False
    return word in _NOUNS_DESPITE_ENDING or not _ADJECTIVE_ENDINGS.fullmatch(word)


def is_noun_phrase(words: Sequence[str]) -> bool:
    """Whether lower-case words that stand together may name a subject.

    They end with a noun that says something, begin with no empty adjective, and are not all commonplaces.
    """
    if not 0 < len(words) <= LONGEST or words[0] in _EMPTY_ADJECTIVES | _NOT_FIRST or not _is_head(words[-1]):
        return False
    if len(set(words)) < len(words):
        return False
    if len(words) == 1 and words[0].endswith("ing"):
        return False
    return not all(map(is_commonplace, words))


@lru_cache(maxsize=200_000)
def is_commonplace(word: str) -> bool:
    """Whether a word names no subject by itself."""
    stem = singular(word)
    return stem in _COMMONPLACE or word in _COMMONPLACE or stem in _NO_HEAD or word in _EMPTY_ADJECTIVES
