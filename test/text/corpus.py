# SPDX-License-Identifier: Apache-2.0
"""Writes a corpus for tokenizer tests: one JSON string a line, the same lines on every machine.

Sentences are written for this test; everything else is made from Unicode ranges by a seeded generator.
"""
import json
import random
import sys

LINES = 10240

SENTENCES = """
The ferry left before the fog lifted, so we counted gulls instead.
It's what they've said: we'll go, I'd stay, and you're late; isn't that theirs?
HE'S SURE THEY'LL SHOUT. She'D rather not; WE'VE HEARD 'em.
Two litres of milk cost 3.49 and the receipt says 12/07/2031 at 08:45:07.
Mail a.b+c@example.org or visit https://example.org/path?q=1&r=%20#frag today!
Der Fluss trägt über große Brücken süße Äpfel nach Hause.
Le garçon naïf a reçu où déjà l'été finissait ; « n'est-ce pas ? »
El pingüino añade más cañas al río: ¿verdad? ¡Sí!
A avó não põe açúcar no pão, só maçãs.
Perché è così che la città s'è svegliata, più tranquilla.
Żółta łódź płynie źle, gdyż wiatr się wzmógł.
Příliš mnoho koní šlo přes řeku a ťukalo do ďábelských kamenů.
Gyönyörű időjárás volt, de a tűzhöz húzódtunk.
Çiğdem İstanbul'da ılık bir öğle yemeği yedi; IĞDIR uzak.
Þórður sá ekki æðarfuglinn á ísnum.
Tôi không thể uống nước lạnh vào buổi sáng được.
Старый мост скрипел, когда поезд пересекал реку.
Їжак з'їв ґрунтову грушу біля хати.
Ο γέρος θυμήθηκε το καράβι που χάθηκε· τι κρίμα!
הספרייה נסגרה מוקדם, אז קראנו בחוץ.
أغلقت المكتبة باكرًا، فقرأنا تحت الشجرة ١٢٣ صفحة.
کتابخانه زود بسته شد و ما بیرون ماندیم؛ می‌خواهم بروم.
नदी के पार पुराना पुल है, और उस पर क्षत्रिय खड़ा है।
নদীর ওপারে একটি পুরনো সেতু আছে।
பழைய பாலம் ஆற்றைக் கடக்கிறது.
పాత వంతెన నదిని దాటుతుంది.
ಹಳೆಯ ಸೇತುವೆ ನದಿಯನ್ನು ದಾಟುತ್ತದೆ.
പഴയ പാലം പുഴ കടക്കുന്നു.
สะพานเก่าข้ามแม่น้ำในตอนเช้า
ຂົວເກົ່າຂ້າມແມ່ນ້ຳ
တံတားဟောင်းသည် မြစ်ကို ဖြတ်သည်။
ស្ពានចាស់ឆ្លងទន្លេ។
ཟམ་པ་རྙིང་པ་ཆུ་ལ་བརྒྱུད།
ძველი ხიდი მდინარეს კვეთს.
Հին կամուրջը անցնում է գետով։
የድሮው ድልድይ ወንዙን ያቋርጣል።
老桥横跨江面，清晨有雾；我们数了十二只鸟。
昨日、古い橋を渡ってカフェで２時間コーヒーを飲んだ。
오래된 다리가 강을 건너고, 우리는 새를 세었다.
ᠬᠠᠭᠤᠴᠢᠨ ᠭᠦᠭᠦᠷ
ᎠᎹ ᎦᎵᏉᎩ ᏧᏓᎴᏅᏓ
""".strip().split("\n")

CODE = [
    "for (int {a} = 0; {a} < {n}; ++{a}) {{\n{i}{b}[{a}] += {c}->{a} * 0x{h:X}u;\n}}\n",
    "def {a}({b}, *{c}, **kw):\n{i}\"\"\"Sum {b}.\"\"\"\n{i}return [{b} ** {n} for _ in range({n})]\n",
    "\t\tif({a}!={b}&&{c}<={n}){{return\t\"{a}\\n\";}}//{b}",
    "SELECT {a}, COUNT(*) FROM {b} WHERE {c} >= {n} GROUP BY {a};\r\n",
    "<div class=\"{a}-{b}\">{{{{ {c} | safe }}}}</div>\n<!-- {n} -->",
    "{{\"{a}\": [{n}, -{n}.5e-{n}, null], \"{b}\": {{\"{c}\": true}}}}",
    "let {a}: Vec<&'static str> = {b}.iter().map(|{c}| {c}?).collect::<Result<_, _>>()?;",
    "$ grep -rn '{a}' ./{b}/*.{c} | awk '{{print $1}}' >> out_{n}.txt 2>&1",
    "#define {a}({b}) do {{ {c} ^= ({b}) << {n}; }} while (0)\n\n\n",
    "\\frac{{\\partial {a}}}{{\\partial {b}_{n}}} = \\sum_{{i=0}}^{{\\infty}} {c}^{{i}}",
]

# Blocks to draw letters, marks, digits and signs from: first and last code point.
BLOCKS = [
    (0x21, 0x7E), (0xA1, 0xFF), (0x100, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF),
    (0x400, 0x52F), (0x531, 0x58F), (0x591, 0x5F4), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7B1),
    (0x7C0, 0x7FA), (0x900, 0x97F), (0x980, 0x9FE), (0xA01, 0xA76), (0xA81, 0xAFF), (0xB01, 0xB77),
    (0xB82, 0xBFA), (0xC00, 0xC7F), (0xC80, 0xCF3), (0xD00, 0xD7F), (0xD81, 0xDF4), (0xE01, 0xE5B),
    (0xE81, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF),
    (0x1200, 0x139F), (0x13A0, 0x13FD), (0x1401, 0x167F), (0x1680, 0x169C), (0x16A0, 0x16F8),
    (0x1780, 0x17F9), (0x1800, 0x18AA), (0x1E00, 0x1EFF), (0x1F00, 0x1FFE), (0x2000, 0x206F),
    (0x2070, 0x209C), (0x20A0, 0x20C0), (0x20D0, 0x20F0), (0x2100, 0x218B), (0x2190, 0x23FF),
    (0x2460, 0x24FF), (0x2500, 0x27BF), (0x27C0, 0x2BFF), (0x2C00, 0x2DFF), (0x2E80, 0x2FD5),
    (0x3000, 0x30FF), (0x3105, 0x318E), (0x3200, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
    (0xA000, 0xA4C6), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xAA00, 0xAA5F), (0xAC00, 0xD7A3),
    (0xE000, 0xE0FF), (0xF900, 0xFAD9), (0xFB00, 0xFB4F), (0xFB50, 0xFDFF), (0xFE00, 0xFE6B),
    (0xFF01, 0xFFEE), (0x10000, 0x100FA), (0x10330, 0x1034A), (0x10400, 0x1044F), (0x10900, 0x1091F),
    (0x11000, 0x1107F), (0x11600, 0x11659), (0x12000, 0x12399), (0x13000, 0x1342E), (0x16800, 0x16A38),
    (0x1B000, 0x1B0FF), (0x1D100, 0x1D1DD), (0x1D400, 0x1D7FF), (0x1E900, 0x1E959), (0x1F000, 0x1F0F5),
    (0x1F100, 0x1F1FF), (0x1F300, 0x1F6FF), (0x1F900, 0x1FAFF), (0x20000, 0x2A6DF), (0x2F800, 0x2FA1D),
    (0x30000, 0x3134A), (0xE0001, 0xE007F), (0xE0100, 0xE01EF), (0x11F00, 0x11F59), (0x31350, 0x323AF),
]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\r", "\v", "\f", "\x85", "\xa0", "\u1680", "\u180e", "\u2000",
          "\u2003", "\u2009", "\u200a", "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000",
          "\ufeff", " \n", "\n ", "\n\n\n", "        ", "\t\t"]
DIGITS = [0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10, 0x1D7CE, 0x104A0]
NUMBERS = "²³¹¼½¾①②⑩ⅣⅫ〇〡㊿৴௰፩𐄇𝍠"
SKIN = [chr(c) for c in range(0x1F3FB, 0x1F400)]
PEOPLE = [chr(c) for c in (0x1F468, 0x1F469, 0x1F9D1, 0x1F476, 0x1F46E, 0x1F44B, 0x1F44D, 0x270C)]
TOOLS = [chr(c) for c in (0x1F680, 0x1F52C, 0x1F33E, 0x1F3A8, 0x2764, 0x2695, 0x1F9B0)]
# What stands for a token in one tokenizer or another, and what nearly does.
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<unk>", "<|begin_of_text|>", "<|eot_id|>",
            "<|start_header_id|>", "<|end_header_id|>", "<repo_name>", "<file_sep>", "<|im_end", "|im_end|>",
            "<|im_start|><|im_start|>", "< |im_end|>", "<|IM_END|>", "<0x41>", "<0x0A>", "▁", "▁▁x", "Ġ", "ĠĊ",
            "<|tool|>", "word", "<|left|>", "<|right|>", "keyword"]


class Corpus:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def word(self, low=1, high=9):
        first, last = self.r.choice(BLOCKS)
        return "".join(chr(self.r.randint(first, last)) for _ in range(self.r.randint(low, high)))

    def name(self):
        letters = "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return "".join(self.r.choice(letters) for _ in range(self.r.randint(1, 10)))

    def sentence(self):
        return self.r.choice(SENTENCES)

    def prose(self):
        text = self.r.choice(["", " ", ""]).join([self.sentence() for _ in range(self.r.randint(1, 3))])
        kind = self.r.randrange(5)
        if kind == 0:
            text = text.upper()
        elif kind == 1:
            words = text.split(" ")
            self.r.shuffle(words)
            text = " ".join(words)
        elif kind == 2:
            at = self.r.randrange(len(text))
            text = text[at:] + text[:at]
        return text

    def scripts(self):
        return self.r.choice([" ", " ", "", "  "]).join(self.word() for _ in range(self.r.randint(1, 8)))

    def code(self):
        r = self.r
        return "".join(r.choice(CODE).format(a=self.name(), b=self.name(), c=self.name(), n=r.randint(0, 99999),
                                             h=r.getrandbits(32), i=r.choice(["    ", "\t", "  "]))
                       for _ in range(r.randint(1, 3)))

    def emoji(self):
        r, out = self.r, ""
        for _ in range(r.randint(1, 8)):
            kind = r.randrange(7)
            if kind == 0:
                out += "\u200d".join(r.choice(PEOPLE) + r.choice(["", r.choice(SKIN)]) for _ in range(r.randint(1, 4)))
            elif kind == 1:
                out += r.choice(PEOPLE) + r.choice(SKIN) + "\u200d" + r.choice(TOOLS) + "\ufe0f"
            elif kind == 2:
                out += chr(0x1F1E6 + r.randrange(26)) + chr(0x1F1E6 + r.randrange(26))
            elif kind == 3:
                out += r.choice("0123456789#*") + "\ufe0f\u20e3"
            elif kind == 4:
                out += "\U0001f3f4" + "".join(chr(0xE0061 + r.randrange(26)) for _ in range(5)) + "\U000e007f"
            elif kind == 5:
                out += chr(r.randint(0x1F300, 0x1FAFF)) + r.choice(["", "\ufe0e", "\ufe0f"])
            else:
                out += r.choice([" ", ":)", self.name(), "!"])
        return out

    def spaces(self):
        r = self.r
        return "".join(r.choice([r.choice(SPACES) * r.randint(1, 4), self.name(), self.word(1, 2), "."])
                       for _ in range(r.randint(1, 12)))

    def marks(self):
        r, out = self.r, ""
        for _ in range(r.randint(1, 12)):
            base = r.choice(["a", "e", "A", "i", "ı", "İ", "ſ", "K", "ß", "ﬁ", "Å", "Ω", "ạ", "ậ", "q", "\u1100", "\uac00",
                             "\u0915", "\u0e01", "\u05d0", "\u0627", "\U0001d15e", "\u0344", "\u0958", "\u2adc"])
            out += base + "".join(chr(r.choice([r.randint(0x300, 0x36F), 0x323, 0x307, 0x1161, 0x11A8, 0x093C, 0x094D,
                                                0x05B7, 0x064B, 0x0E49, 0x20DD, 0x1DFA, 0x302A, 0x1D165]))
                                  for _ in range(r.randint(0, 4)))
        return out

    def digits(self):
        r = self.r
        def number():
            zero = r.choice(DIGITS + [0x30] * 6)
            return "".join(chr(zero + r.randrange(10)) for _ in range(r.randint(1, 12)))
        return "".join(r.choice([number(), r.choice(NUMBERS), r.choice(" ,.:-/%x"), self.name()[:2]])
                       for _ in range(r.randint(1, 10)))

    def specials(self):
        r = self.r
        return "".join(r.choice([r.choice(SPECIALS), r.choice(SPECIALS), r.choice(SPACES), self.name(), self.word(1, 3),
                                 "'s", "_"]) for _ in range(r.randint(1, 10)))

    def controls(self):
        r = self.r
        return "".join(r.choice([chr(r.randrange(32)), chr(0x7F + r.randrange(33)), "\ufffd", "\uffff", "\ufffe", "\0",
                                 chr(r.randint(0xE000, 0xF8FF)), chr(r.randint(0xF0000, 0x10FFFF)), "\u202e", "\u200f",
                                 "Ã©", "â‚¬", "ðŸ˜€", "\\xff\\xfe", "%C3%28", "\ufdd0", self.name()])
                       for _ in range(r.randint(1, 12)))

    def long(self):
        r = self.r
        unit = r.choice(["a", " ", "=", "-", "ab", "\n", "字", "é", "0", "😀", self.word(1, 4), self.name()])
        return unit * r.randint(50, 1500 // len(unit))

    def planes(self):
        r, out = self.r, ""
        for _ in range(r.randint(1, 20)):
            c = r.choice([r.randrange(0x3000), r.randrange(0x10000), r.randint(0x10000, 0x1FFFF), r.randrange(0x110000)])
            out += " " if 0xD800 <= c < 0xE000 else chr(c)
        return out

    def mixed(self):
        kinds = [self.prose, self.scripts, self.code, self.emoji, self.spaces, self.marks, self.digits, self.specials]
        return self.r.choice(["", " ", "\n"]).join(self.r.choice(kinds)() for _ in range(self.r.randint(2, 4)))

    def lines(self):
        weights = {self.prose: 20, self.scripts: 22, self.code: 10, self.emoji: 8, self.spaces: 9, self.marks: 8,
                   self.digits: 7, self.specials: 10, self.controls: 5, self.long: 1, self.planes: 6, self.mixed: 6}
        kinds = [kind for kind, weight in weights.items() for _ in range(weight)]
        yield ""
        for i in range(LINES - 1):
            yield kinds[i % len(kinds)]()


if __name__ == "__main__":
    for line in Corpus(20250607).lines():
        sys.stdout.write(json.dumps(line) + "\n")
