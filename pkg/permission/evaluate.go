package permission

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// expression looks for what evaluates the values of variables once more.
func (w *walker) expression(node syntax.Node) {
	switch n := node.(type) {
	case *syntax.ParamExp:
		w.expansion(n)
	case *syntax.ArithmExp:
		w.arithmetic(n.X)
	case *syntax.ArithmCmd:
		w.plain = false
		w.arithmetic(n.X)
	case *syntax.LetClause:
		w.plain, w.evaluates = false, true
	case *syntax.TestClause:
		w.plain = false
	case *syntax.BinaryTest:
		switch n.Op {
		case syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr:
			w.evaluates = true
		default:
		}
	case *syntax.UnaryTest:
		w.evaluates = w.evaluates || n.Op == syntax.TsVarSet || n.Op == syntax.TsRefVar
	case *syntax.ArrayElem:
		w.evaluates = w.evaluates || n.Index != nil
	}
}

// expansion looks at ${…}, of which some forms assign, and some evaluate the value.
func (w *walker) expansion(n *syntax.ParamExp) {
	if n.Excl && n.Names == 0 {
		w.evaluates = true
	}
	if n.Exp != nil {
		switch n.Exp.Op {
		case syntax.AssignUnset, syntax.AssignUnsetOrNull:
			w.plain = false
			w.assigns = append(w.assigns, assign{name: n.Param.Value, value: anything()})
		case syntax.OtherParamOps:
			w.evaluates = true
		default:
		}
	}
	if word, ok := n.Index.(*syntax.Word); n.Index != nil && (!ok || strings.Trim(word.Lit(), "@*0123456789") != "" || word.Lit() == "") {
		w.evaluates = true
	}
	if n.Slice != nil {
		w.arithmetic(n.Slice.Offset)
		w.arithmetic(n.Slice.Length)
	}
}

// arithmetic finds out whether anything but numbers is computed with: the value of a variable is an expression again.
func (w *walker) arithmetic(x syntax.ArithmExpr) {
	if x == nil {
		return
	}
	syntax.Walk(x, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.Word:
			if lit := n.Lit(); lit == "" || strings.Trim(lit, "0123456789") != "" {
				w.evaluates = true
			}
			return false
		default:
			return true
		}
	})
}
