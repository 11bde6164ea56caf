package picture

import (
	"bytes"
	"encoding/binary"
)

// The markers of a JPEG that matter here.
const (
	markerBaseline    = 0xC0
	markerProgressive = 0xC2
	markerScan        = 0xDA
	markerExif        = 0xE1
)

// sideways is the first of the orientations in which width and height have changed places.
const sideways = 5

// scans counts how often a JPEG goes over the picture; in what is stored for the scans themselves a marker cannot stand.
func scans(data []byte) int { return bytes.Count(data, []byte{0xFF, markerScan}) }

// progressive says whether a JPEG is stored in several passes.
func progressive(data []byte) (found bool) {
	segments(data, func(marker byte, _ []byte) bool {
		found = found || marker == markerProgressive
		return marker != markerBaseline
	})
	return found
}

// orientation is how a JPEG is to be turned, as its camera noted it: 1 to 8, 1 for as it is.
func orientation(data []byte) int {
	turn := 1
	segments(data, func(marker byte, body []byte) bool {
		exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00"))
		if marker != markerExif || !ok {
			return true
		}
		turn = exifOrientation(exif)
		return false
	})
	return turn
}

// segments gives the parts of a JPEG before its first scan, until visit has seen enough.
func segments(data []byte, visit func(marker byte, body []byte) bool) {
	rest, ok := bytes.CutPrefix(data, []byte{0xFF, 0xD8})
	for ok && len(rest) >= 4 && rest[0] == 0xFF {
		marker, size := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		switch {
		case marker == 0xFF: // fills up.
			rest = rest[1:]
			continue
		case marker == markerScan, size < 2, 2+size > len(rest):
			return
		}
		ok = visit(marker, rest[4:2+size])
		rest = rest[2+size:]
	}
}

// exifOrientation reads the one entry of a camera's notes that says how to hold the picture.
func exifOrientation(exif []byte) int {
	const (
		entrySize = 12
		tag       = 0x0112
	)
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if exif[0] == 'I' {
		order = binary.LittleEndian
	}
	start := int64(order.Uint32(exif[4:]))
	if start < 8 || start+2 > int64(len(exif)) {
		return 1
	}
	entries := exif[start+2:]
	for range order.Uint16(exif[start:]) {
		if len(entries) < entrySize {
			return 1
		}
		if order.Uint16(entries) == tag {
			return oneOf8(order.Uint16(entries[8:]))
		}
		entries = entries[entrySize:]
	}
	return 1
}

func oneOf8(value uint16) int {
	if value < 1 || value > 8 {
		return 1
	}
	return int(value)
}
