package notify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template/parse"
)

// template is a text with values to come. It is written as those of Go's text/template,
// of which it knows {{.Name}}, {{if}}, {{else}}, {{end}} and the functions. Package
// text/template itself looks methods up by their names, for which the linker keeps every
// exported method in the program: its file would be a seventh larger.
type template struct{ root *parse.ListNode }

// functions are those of a template. An empty text is false.
var functions = map[string]any{
	"or":  func(of []string) string { return cmp.Or(of...) },
	"not": func(of []string) string { return when(of[0] == "") },
	"eq":  func(of []string) string { return when(slices.Contains(of[1:], of[0])) },
	"ne":  func(of []string) string { return when(!slices.Contains(of[1:], of[0])) },
	"and": func(of []string) string {
		if slices.Contains(of, "") {
			return ""
		}
		return of[len(of)-1]
	},
}

func when(is bool) string {
	if is {
		return "true"
	}
	return ""
}

func parseTemplate(name, text string) (template, error) {
	tree, err := parse.New(name).Parse(text, "", "", map[string]*parse.Tree{}, functions)
	if err != nil {
		return template{}, err
	}
	return template{tree.Root}, nil
}

// filling is a template that is being written.
type filling struct {
	// values are what its names stand for.
	values map[string]string
	// both has what stands behind an if written and what stands behind its else.
	both bool
	strings.Builder
}

// errUnknown is wrapped by errors about what a template may not have.
var errUnknown = errors.New("a text may have names such as {{.Name}}, {{if}}, {{else}} and {{end}}, and the functions and, or, not, eq and ne")

func unknown(node parse.Node) error { return fmt.Errorf("%s: %w", node, errUnknown) }

// fill writes nodes with their values. A name without a value is an error.
func (f *filling) fill(nodes *parse.ListNode) error {
	if nodes == nil { // an else that is not there
		return nil
	}
	for _, node := range nodes.Nodes {
		var err error
		switch n := node.(type) {
		case *parse.TextNode:
			f.Write(n.Text)
		case *parse.ActionNode:
			var value string
			value, err = f.of(n.Pipe)
			f.WriteString(value)
		case *parse.IfNode:
			err = f.branch(n)
		default:
			err = unknown(node)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) branch(n *parse.IfNode) error {
	value, err := f.of(n.Pipe)
	if err == nil && (f.both || value != "") {
		err = f.fill(n.List)
	}
	if err == nil && (f.both || value == "") {
		err = f.fill(n.ElseList)
	}
	return err
}

// of is what an expression stands for.
func (f *filling) of(node parse.Node) (string, error) {
	switch n := node.(type) {
	case *parse.PipeNode:
		if len(n.Cmds) == 1 && len(n.Decl) == 0 {
			return f.call(n.Cmds[0])
		}
	case *parse.StringNode:
		return n.Text, nil
	case *parse.FieldNode:
		if value, ok := f.values[n.Ident[0]]; ok && len(n.Ident) == 1 {
			return value, nil
		}
		return "", fmt.Errorf("there is no value %s", n)
	}
	return "", unknown(node)
}

// call is a function with what it is given, or one value alone.
func (f *filling) call(n *parse.CommandNode) (string, error) {
	name, isCall := n.Args[0].(*parse.IdentifierNode)
	switch {
	case isCall == (len(n.Args) == 1): // a function of nothing, or several values without one
		return "", unknown(n)
	case !isCall:
		return f.of(n.Args[0])
	}
	var args []string
	for _, arg := range n.Args[1:] {
		value, err := f.of(arg)
		if err != nil {
			return "", err
		}
		args = append(args, value)
	}
	return functions[name.Ident].(func([]string) string)(args), nil
}
