package fault

import (
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

var (
	languages = language.NewMatcher([]language.Tag{language.Japanese, language.English})
	optional  = regexp.MustCompile(`\[([^\]]*)\]`)
	key       = regexp.MustCompile(`\{([a-z_]+)\}`)
)

// text is the refusal's sentence in the language that the client prefers: Japanese unless it asks for
// English or for one whose speakers rather read that.
func (e *Error) text(acceptLanguage string) (locale, sentence string) {
	k, ok := kinds[e.reason]
	if !ok {
		return e.said.GetLocale(), e.said.GetMessage()
	}
	if wanted, _, err := language.ParseAcceptLanguage(acceptLanguage); err == nil {
		if _, i, _ := languages.Match(wanted...); i == 1 {
			return "en", fill(k.en, e.metadata)
		}
	}
	return "ja", fill(k.ja, e.metadata)
}

// fill puts metadata into a sentence, without its optional parts whose keys have no value.
func fill(sentence string, metadata map[string]string) string {
	sentence = optional.ReplaceAllStringFunc(sentence, func(part string) string {
		for _, m := range key.FindAllStringSubmatch(part, -1) {
			if metadata[m[1]] == "" {
				return ""
			}
		}
		return strings.Trim(part, "[]")
	})
	return key.ReplaceAllStringFunc(sentence, func(k string) string { return metadata[strings.Trim(k, "{}")] })
}
