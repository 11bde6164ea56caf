package transcript

import (
	"slices"
)

// maxSteps bounds how far the neighbourhood of a block is searched for its message.
const maxSteps = 256

// branch is the conversation as people or a model see it, as far as the skeleton shows it: the way to a leaf with what
// such a walk misses of parallel calls.
type branch struct {
	*skeleton
	walk   *walk
	path   []int // from the root, or from where the skeleton begins, to the leaf
	cut    bool  // the path goes on before the skeleton
	extra  []int // the other blocks of messages on the way, and results, in the order of the file
	place  []int32
	sure   int // for records with this index and higher ones it is certain whether they belong to the branch
	doubts int // one more than the highest index of a record of which it is not certain, while they are gone through

	answered map[uint64]int // by call: the last record with a result of it
	replaced map[int]bool   // there is a later one with the same uuid
}

// branch gathers what belongs to a path.
func (w *walk) branch(path []int) *branch {
	b := &branch{skeleton: w.skeleton, walk: w, path: path, cut: w.cut, place: make([]int32, len(w.bones)), answered: map[uint64]int{}}
	for i, at := range path {
		b.place[at] = int32(i) + 1
		if w.bones[at].is(boneResult) {
			b.answer(at)
		}
	}
	b.siblings()
	b.sure, b.replaced = b.doubts, b.findReplaced()
	return b
}

func (b *branch) on(at int) bool { return b.place[at] > 0 }

// taken reports whether a record is on the path or was found beside it.
func (b *branch) taken(at int) bool { return b.place[at] != 0 }

func (b *branch) answer(at int) {
	for _, id := range b.tools(at) {
		b.answered[id] = max(at, b.answered[id])
	}
}

// siblings finds what the path misses: the other blocks of the messages on the way, such as parallel calls, and the results
// that hang from calls and are not on the way. Both stand in the file behind what they belong to.
func (b *branch) siblings() {
	for at := range b.bones {
		bone := &b.bones[at]
		if b.on(at) || !bone.eligible() {
			continue
		}
		belongs := no
		switch {
		case b.walk.doubtful(at):
			belongs = unknown
		case !b.current(at):
		case bone.kind == kindAssistant:
			belongs = b.blockBelongs(at)
		case bone.kind == kindUser && bone.is(boneResult):
			belongs = b.resultBelongs(at)
		}
		switch belongs {
		case yes:
			b.extra = append(b.extra, at)
			b.place[at] = -1
			if bone.is(boneResult) {
				b.answer(at)
			}
		case unknown:
			b.doubts = at + 1
		case no:
		}
	}
}

// blockBelongs reports whether a block that is not on the path is of a message on it: it hangs from the path, over other
// blocks and results of its message.
func (b *branch) blockBelongs(at int) verdict {
	message := b.bones[at].message
	if message == 0 {
		return no
	}
	for range maxSteps {
		parent, found := b.parentBehind(at, b.bones[at].parent)
		if found != yes {
			return found
		}
		bone := &b.bones[parent]
		switch {
		case b.on(parent):
			return b.near(int(b.place[parent])-1, message)
		case b.walk.doubtful(parent):
			return unknown
		case bone.message != message && !bone.is(boneResult):
			return no
		}
		at = parent
	}
	return no
}

// parentBehind finds the last record with an id that stands before another in the file.
func (b *branch) parentBehind(at int, id uint64) (parent int, found verdict) {
	parent, ok := b.last(id)
	for step := 0; ok && parent >= at; step++ {
		if step == maxSteps {
			return 0, no
		}
		parent, ok = b.before(parent)
	}
	switch {
	case ok:
		return parent, yes
	case b.cut && id != 0:
		return 0, unknown
	default:
		return 0, no
	}
}

// near reports whether a message has a block on the path around one of its places: there, or in either direction before
// anything else that somebody said.
func (b *branch) near(place int, message uint64) verdict {
	at := &b.bones[b.path[place]]
	if at.kind == kindAssistant && at.message == message || b.follows(place, message) {
		return yes
	}
	if at.kind == kindAssistant {
		return no
	}
	for i := place; i > place-maxSteps; i-- {
		if i < 0 {
			if b.cut {
				return unknown
			}
			return no
		}
		if bone := &b.bones[b.path[i]]; bone.kind == kindAssistant || bone.said() {
			return verdictOf(bone.message == message)
		}
	}
	return no
}

// follows reports whether a message's block is the next thing that is said behind a place of the path.
func (b *branch) follows(place int, message uint64) bool {
	for i := place + 1; i < min(len(b.path), place+maxSteps); i++ {
		if bone := &b.bones[b.path[i]]; bone.kind == kindAssistant || bone.said() {
			return bone.message == message
		}
	}
	return false
}

func verdictOf(is bool) verdict {
	if is {
		return yes
	}
	return no
}

// resultBelongs reports whether a result that is not on the path is one of a call that is, or beside it, and the first.
func (b *branch) resultBelongs(at int) verdict {
	call, found := b.callOf(at)
	if found != yes {
		return found
	}
	if b.doubts > call {
		return unknown // another result may come first.
	}
	fresh := slices.ContainsFunc(b.tools(at), func(id uint64) bool {
		answer, ok := b.answered[id]
		return !ok || answer < call
	})
	return verdictOf(fresh)
}

// callOf finds the answer's record from which a result hangs.
func (b *branch) callOf(at int) (call int, found verdict) {
	bone := &b.bones[at]
	call, found = b.callWith(at, bone.parent)
	if found == yes {
		return call, yes
	}
	other, also := b.callWith(at, bone.source)
	if also == no {
		return 0, found
	}
	return other, also
}

// callWith finds the record with an id before another that is an answer's and belongs to the branch.
func (b *branch) callWith(at int, id uint64) (call int, found verdict) {
	call, found = b.parentBehind(at, id)
	if found != yes {
		return 0, found
	}
	doubt := no
	for range maxSteps {
		if b.taken(call) && b.bones[call].kind == kindAssistant {
			return call, yes
		}
		if b.doubts > call {
			doubt = unknown
		}
		older, more := b.before(call)
		if !more {
			if b.cut {
				return 0, unknown
			}
			break
		}
		call = older
	}
	return 0, doubt
}

// members are the branch's records in the order of the file. Of several with one uuid the last counts.
func (b *branch) members() []int {
	all := slices.Concat(b.path, b.extra)
	slices.Sort(all)
	return slices.DeleteFunc(all, func(at int) bool { return b.bones[at].is(boneSidechain) || b.replaced[at] })
}

// chain gives the members of which it is certain that they are all of them.
func (b *branch) chain() []int {
	all := b.members()
	from, _ := slices.BinarySearch(all, b.sure)
	return all[from:]
}

// findReplaced finds the records of the branch whose uuid a later one of it has.
func (b *branch) findReplaced() map[int]bool {
	if len(b.older) == 0 {
		return nil
	}
	replaced, seen := map[int]bool{}, map[uint64]bool{}
	all := slices.Concat(b.path, b.extra)
	slices.Sort(all)
	for _, at := range slices.Backward(all) {
		uuid := b.bones[at].uuid
		if uuid != 0 && seen[uuid] {
			replaced[at] = true
		}
		seen[uuid] = true
	}
	return replaced
}

// people is the branch that people see: over compactions back to the beginning. The leaf should be sure.
func (s *skeleton) people() *branch {
	leaf, _ := s.leaf()
	w := s.newWalk(true)
	return w.branch(w.path(leaf))
}
