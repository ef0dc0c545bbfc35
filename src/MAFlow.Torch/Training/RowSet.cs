using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Rows of data with what each is conditioned on.</summary>
/// <param name="Rows">Rows [R, N] in original units.</param>
/// <param name="Context">Contexts [R, C], or null.</param>
internal sealed record RowSet(Tensor Rows, Tensor? Context = null)
{
    public long Count => Rows.shape[0];

    public RowSet Narrow(long start, long length) => new(Rows.narrow(0, start, length), Context?.narrow(0, start, length));

    /// <summary>At most so many rows, evenly spread over the set, whose rows may be sorted.</summary>
    public RowSet Spread(long most)
    {
        if (Count <= most)
        {
            return this;
        }

        var index = tensor([.. Enumerable.Range(0, (int)most).Select(i => i * Count / most)], int64, Rows.device);
        return Select(index);
    }

    /// <summary>Rows by number.</summary>
    public RowSet Select(Tensor index) => new(
        Rows.index_select(0, index.to(Rows.device)), Context is null ? null : Context.index_select(0, index.to(Context.device)));
}
