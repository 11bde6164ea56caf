package index

import "context"

// UpdateRows is for measurements.
func (x *Index) UpdateRows(ctx context.Context, files []File) (failed int, err error) {
	return x.updateRows(ctx, files)
}
