package cli

import (
	"strings"
	"unicode/utf8"
)

// width is how many columns help takes.
const width = 80

// detailed is a command that says more about itself below its first line.
type detailed interface{ Help() string }

// page is a page of help.
type page struct {
	Program
	texts map[string]string
}

// help is what --help prints for a command.
func (p Program) help(n *node) string { return page{p, p.Texts()}.of(n) }

func (p page) of(n *node) string {
	var out strings.Builder
	out.WriteString("Usage: " + n.path)
	if len(n.commands) > 0 {
		out.WriteString(" <command>")
	}
	var args, flags, commands [][2]string
	for _, a := range n.args {
		label := a.label()
		if a.optional {
			label = "[" + label + "]"
		}
		out.WriteString(" " + label)
		args = append(args, [2]string{label, p.expand(a.help)})
	}
	out.WriteString(" [flags]\n")
	about := n.help
	if n.path == p.Name {
		about = p.About
	}
	p.paragraphs(&out, about)
	if more, ok := n.value.Addr().Interface().(detailed); ok {
		p.paragraphs(&out, more.Help())
	}
	for _, f := range n.flags {
		label := "    --" + f.name
		if !f.isBool() {
			label += "=" + p.expand(f.shown())
		}
		flags = append(flags, [2]string{label, p.expand(f.help)})
	}
	flags = append(flags, [2]string{"-h, --help", "Show this help."}, [2]string{"    --version", "Print the version."})
	for _, c := range n.commands {
		commands = append(commands, p.leaves(n.path, c)...)
	}
	table(&out, "Arguments", args)
	table(&out, "Flags", flags)
	table(&out, "Commands", commands)
	if commands != nil {
		out.WriteString("\nRun \"" + n.path + " <command> --help\" for more information on a command.\n")
	}
	return out.String()
}

// leaves are the lines for the commands at and below a branch.
func (p page) leaves(above string, b branch) [][2]string {
	n := newNode(above+" "+b.name, b.help, b.value.Addr().Interface())
	if len(n.commands) == 0 {
		return [][2]string{{strings.TrimPrefix(n.path, p.Name+" "), p.expand(n.help)}}
	}
	var out [][2]string
	for _, c := range n.commands {
		out = append(out, p.leaves(n.path, c)...)
	}
	return out
}

// expand puts the program's texts into a tag's text.
func (p page) expand(text string) string {
	for name, is := range p.texts {
		text = strings.ReplaceAll(text, "${"+name+"}", is)
	}
	return text
}

func (p page) paragraphs(out *strings.Builder, text string) {
	for paragraph := range strings.SplitSeq(p.expand(text), "\n\n") {
		if !strings.HasPrefix(paragraph, " ") { // an indented one is laid out already
			paragraph = strings.Join(wrap(paragraph, width), "\n")
		}
		out.WriteString("\n" + strings.TrimRight(paragraph, "\n") + "\n")
	}
}

// indent and gap are the spaces before and between two columns, most the widest that the
// first one gets.
const (
	indent = 2
	gap    = 4
	most   = 30
)

// table writes rows of two columns below a heading. A first column that is too wide for
// its place has a line of its own.
func table(out *strings.Builder, heading string, rows [][2]string) {
	if rows == nil {
		return
	}
	out.WriteString("\n" + heading + ":\n")
	column := 0
	for _, row := range rows {
		if size := utf8.RuneCountInString(row[0]); size <= most {
			column = max(column, size)
		}
	}
	column += gap
	for _, row := range rows {
		left := row[0]
		for i, line := range wrap(row[1], width-indent-column) {
			size := utf8.RuneCountInString(left)
			if i == 0 && size > column-gap {
				out.WriteString(strings.Repeat(" ", indent) + left + "\n")
				left, size = "", 0
			}
			out.WriteString(strings.Repeat(" ", indent) + left + strings.Repeat(" ", column-size) + line + "\n")
			left = ""
		}
	}
}

// wrap breaks a text into lines of at most so many columns, where it has spaces.
func wrap(text string, columns int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
