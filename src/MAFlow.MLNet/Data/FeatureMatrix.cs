using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Data;

/// <summary>The rows of a vector column in one array of <see cref="Rows"/> times <see cref="Dimension"/> numbers of four bytes.</summary>
internal sealed record FeatureMatrix(float[] Values, int Rows, int Dimension)
{
    /// <summary>The number of each row in the view it was read from; null where rows are counted as they stand here.</summary>
    public long[]? Numbers { get; init; }

    /// <summary>Whether reading ended before the view did.</summary>
    public bool IsCut { get; init; }

    /// <summary>How many rows reading has seen, of which these may be a sample.</summary>
    public long Seen { get; init; } = Rows;

    /// <summary>The number of a row in the view it was read from.</summary>
    public long NumberOf(int row) => Numbers is null ? row : Numbers[row];

    /// <summary>One number.</summary>
    public float Value(int row, int feature) => Values[(row * Dimension) + feature];

    /// <summary>A copy of one row.</summary>
    public float[] RowOf(int row) => Row(row).ToArray();

    /// <summary>The other rows, in their order and in this array, which is theirs from now on.</summary>
    /// <param name="rows">Rows to leave out.</param>
    public FeatureMatrix Without(IReadOnlySet<int> rows)
    {
        var numbers = new long[Rows - rows.Count];
        var kept = 0;
        for (var row = 0; row < Rows; row++)
        {
            if (!rows.Contains(row))
            {
                Row(row).CopyTo(Row(kept));
                numbers[kept++] = NumberOf(row);
            }
        }

        return this with { Rows = kept, Numbers = numbers };
    }

    /// <summary>Draws so many rows and takes them out; the others stay in this array, in another order.</summary>
    public (FeatureMatrix Kept, FeatureMatrix? SetAside) SetAside(int count, int seed)
    {
        if (count == 0)
        {
            return (this, null);
        }

        var random = new Random(seed);
        var row = new float[Dimension];
        var numbers = Numbers ?? [.. Enumerable.Range(0, Rows).Select(number => (long)number)];
        for (var last = Rows - 1; last >= Rows - count; last--)
        {
            var other = random.Next(last + 1);
            var chosen = Row(other);
            chosen.CopyTo(row);
            Row(last).CopyTo(chosen);
            row.CopyTo(Row(last));
            (numbers[other], numbers[last]) = (numbers[last], numbers[other]);
        }

        var kept = Rows - count;
        return (
            this with { Rows = kept, Numbers = numbers[..kept] },
            new FeatureMatrix(Values.AsSpan(kept * Dimension, count * Dimension).ToArray(), count, Dimension)
            {
                Numbers = numbers[kept..Rows],
            });
    }

    /// <summary>Standard deviation of each feature; 1 for constant ones, which have no unit of their own.</summary>
    public float[] Deviations()
    {
        using var scope = NewDisposeScope();
        var rows = ToTensor().to(ScalarType.Float64);
        using var one = 1.ToScalar();
        return TensorRows.ToArray(rows.std(0, unbiased: false).masked_fill(rows.eq(rows[0]).all(0), one));
    }

    /// <summary>A copy as a tensor [rows, dimension].</summary>
    public Tensor ToTensor() => TensorRows.FromArray(Values, Rows, Dimension);

    private Span<float> Row(int row) => Values.AsSpan(row * Dimension, Dimension);
}
