package config

import (
	"fmt"
	"strings"
)

// referenceWidth is the longest line of [Reference], in characters.
const referenceWidth = 92

// Reference describes every key in plain text: its name and environment variable, and
// below them, indented, its meaning, choices, bounds and default.
func Reference() string {
	var out strings.Builder
	standard := Default()
	for _, key := range Keys() {
		name := key.Path
		if key.Free {
			name += ".NAME"
		}
		fmt.Fprintf(&out, "    %s (%s)\n", name, key.Env())
		line := "       "
		for _, word := range strings.Fields(key.describe(&standard)) {
			if len(line)+1+len(word) > referenceWidth {
				out.WriteString(line + "\n")
				line = "       "
			}
			line += " " + word
		}
		out.WriteString(line + "\n\n")
	}
	return out.String()
}

// describe is the key's help with all that bounds its value.
func (k *Key) describe(standard *Config) string {
	text := k.Help
	if len(k.choices) > 0 {
		text += " One of " + strings.Join(k.choices, ", ") + "."
	}
	switch {
	case k.min != "" && k.max != "":
		text += fmt.Sprintf(" From %s to %s.", k.min, k.max)
	case k.min != "":
		text += fmt.Sprintf(" At least %s.", k.min)
	}
	if k.infinite {
		text += " -1 is no end."
	}
	if value := k.defaultText(standard); value != "" {
		text += " Default: " + value + "."
	}
	return text
}

// defaultText is the value of the key where nothing gives one, as it could stand in a
// file; "" for none.
func (k *Key) defaultText(standard *Config) string {
	if k.Free || k.Secret {
		return ""
	}
	text := string(encode(standard.field(k).Interface()))
	if text == `""` || text == "[]" || text == "null" {
		return ""
	}
	return strings.Trim(text, `"`)
}
