package transcript

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// maxCursor bounds a cursor that somebody sends back.
const maxCursor = 32

// cursorOf makes the cursor of a record whose line ends at an offset: the offset, and a check that the record there is
// still the same one.
func cursorOf(end int64, uuid string) string {
	return strconv.FormatInt(end, 36) + "." + strconv.FormatUint(uint64(checkOf(uuid)), 36)
}

// parseCursor takes a cursor apart. Only what cursorOf makes is one.
func parseCursor(cursor string) (end int64, check uint32, ok bool) {
	offset, sum, found := strings.Cut(cursor, ".")
	if !found || len(cursor) > maxCursor {
		return 0, 0, false
	}
	end, err := strconv.ParseInt(offset, 36, 64)
	if err != nil || end < 0 || strconv.FormatInt(end, 36) != offset {
		return 0, 0, false
	}
	wide, err := strconv.ParseUint(sum, 36, 32)
	if err != nil || strconv.FormatUint(wide, 36) != sum {
		return 0, 0, false
	}
	return end, uint32(wide), true
}

func checkOf(uuid string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(uuid)) // a hash takes everything.
	return h.Sum32()
}
