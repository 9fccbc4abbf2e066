package index

import "strings"

// kana are the syllables of the Hepburn and the Kunrei spelling, as keyboards take them.
var kana = map[string]string{
	"a": "あ", "i": "い", "u": "う", "e": "え", "o": "お",
	"ka": "か", "ki": "き", "ku": "く", "ke": "け", "ko": "こ", "ga": "が", "gi": "ぎ", "gu": "ぐ", "ge": "げ", "go": "ご",
	"sa": "さ", "shi": "し", "si": "し", "su": "す", "se": "せ", "so": "そ", "za": "ざ", "ji": "じ", "zi": "じ", "zu": "ず", "ze": "ぜ", "zo": "ぞ",
	"ta": "た", "chi": "ち", "ti": "ち", "tsu": "つ", "tu": "つ", "te": "て", "to": "と", "da": "だ", "di": "ぢ", "du": "づ", "de": "で", "do": "ど",
	"na": "な", "ni": "に", "nu": "ぬ", "ne": "ね", "no": "の",
	"ha": "は", "hi": "ひ", "fu": "ふ", "hu": "ふ", "he": "へ", "ho": "ほ", "ba": "ば", "bi": "び", "bu": "ぶ", "be": "べ", "bo": "ぼ",
	"pa": "ぱ", "pi": "ぴ", "pu": "ぷ", "pe": "ぺ", "po": "ぽ",
	"ma": "ま", "mi": "み", "mu": "む", "me": "め", "mo": "も", "ya": "や", "yu": "ゆ", "yo": "よ",
	"ra": "ら", "ri": "り", "ru": "る", "re": "れ", "ro": "ろ", "wa": "わ", "wo": "を", "n'": "ん", "nn": "ん",
	"kya": "きゃ", "kyu": "きゅ", "kyo": "きょ", "gya": "ぎゃ", "gyu": "ぎゅ", "gyo": "ぎょ",
	"sha": "しゃ", "shu": "しゅ", "sho": "しょ", "sya": "しゃ", "syu": "しゅ", "syo": "しょ", "ja": "じゃ", "ju": "じゅ", "jo": "じょ", "je": "じぇ",
	"cha": "ちゃ", "chu": "ちゅ", "cho": "ちょ", "che": "ちぇ", "tya": "ちゃ", "tyu": "ちゅ", "tyo": "ちょ",
	"nya": "にゃ", "nyu": "にゅ", "nyo": "にょ", "hya": "ひゃ", "hyu": "ひゅ", "hyo": "ひょ", "bya": "びゃ", "byu": "びゅ", "byo": "びょ",
	"pya": "ぴゃ", "pyu": "ぴゅ", "pyo": "ぴょ", "mya": "みゃ", "myu": "みゅ", "myo": "みょ", "rya": "りゃ", "ryu": "りゅ", "ryo": "りょ",
	"fa": "ふぁ", "fi": "ふぃ", "fe": "ふぇ", "fo": "ふぉ", "-": "ー",
}

// fromRomaji reads Latin letters as kana, as far as they are any, and answers what is left: letters of a syllable that is not
// complete yet. False where they cannot be Japanese.
func fromRomaji(s string) (read, left string, ok bool) {
	var out strings.Builder
	for s != "" {
		syllable, size := "", 0
		for n := min(3, len(s)); n > 0 && size == 0; n-- {
			if k, found := kana[s[:n]]; found {
				syllable, size = k, n
			}
		}
		switch {
		case size > 0:
		case len(s) > 1 && s[0] == s[1] && s[0] != 'n' && isConsonant(s[0]): // a doubled consonant
			syllable, size = "っ", 1
		case s[0] == 'n' && len(s) > 1 && isConsonant(s[1]) && s[1] != 'y':
			syllable, size = "ん", 1
		case begins(s):
			return out.String(), s, true
		default:
			return "", "", false
		}
		out.WriteString(syllable)
		s = s[size:]
	}
	return out.String(), "", true
}

func isConsonant(b byte) bool { return b >= 'a' && b <= 'z' && !strings.ContainsRune("aiueo", rune(b)) }

// begins tells whether some syllable begins with s.
func begins(s string) bool {
	for k := range kana {
		if strings.HasPrefix(k, s) {
			return true
		}
	}
	return false
}

// completions are the first kana of the syllables that begin with s: "r" is ら, り, る, れ, ろ.
func completions(s string) []string {
	seen := map[string]bool{}
	var out []string
	for spelt, k := range kana {
		if strings.HasPrefix(spelt, s) && !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	if s == "n" {
		out = append(out, "ん")
	}
	return out
}

// wholly reads Latin letters that are kana to the last one.
func wholly(s string) (string, bool) {
	read, left, ok := fromRomaji(s)
	if left == "n" {
		return read + "ん", ok
	}
	return read, ok && left == "" && read != ""
}
