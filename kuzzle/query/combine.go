package query

// combine returns the simplest node with the same meaning.
func combine(b Bool) Node {
	if b.MinShould > len(b.Should) {
		return None{}
	}
	if b.MinShould <= 0 {
		b.MinShould, b.Should = 0, nil
	}
	switch must, should, not := len(b.Must), len(b.Should), len(b.MustNot); {
	case must+should+not == 0:
		return All{}
	case must == 1 && should+not == 0:
		return b.Must[0]
	case should == 1 && must+not == 0:
		return b.Should[0]
	}
	return b
}

func allOf(nodes ...Node) Node { return combine(Bool{Must: nodes}) }
func anyOf(nodes ...Node) Node { return combine(Bool{Should: nodes, MinShould: 1}) }
func not(node Node) Node       { return Bool{MustNot: []Node{node}} }
