using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// A random sample of the rows of a table, drawn once per fit: tables are often sorted, so their first rows are like no others.
/// </summary>
internal sealed class RowSample : IDisposable
{
    private const long MaxRows = 20_000;

    // Up to here everybody takes every row, and the draw is the same whatever the generator.
    private const long WorthSampling = 5_000;

    private readonly Tensor _rows;

    private RowSample(Tensor rows) => _rows = rows;

    /// <summary>Draws the rows to look at, and their order: a table may repeat with a period, and so may folds of rows in turn.</summary>
    /// <param name="rows">Number of rows of the table.</param>
    /// <param name="generator">Source of randomness.</param>
    public static RowSample Draw(long rows, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var fixedOrder = rows <= WorthSampling ? new Generator(0) : null;
        var order = randperm(rows, dtype: ScalarType.Int64, generator: fixedOrder ?? generator);
        return new(order.narrow(0, 0, Math.Min(rows, MaxRows)).clone().DetachFromDisposeScope());
    }

    /// <summary>The sample for a fit outside of a chain, the same at each call.</summary>
    public static RowSample Draw(long rows)
    {
        using var generator = new Generator(0);
        return Draw(rows, generator);
    }

    /// <summary>Some rows of the table, in random order.</summary>
    /// <param name="data">The table, or one with the same rows, shape [rows, N].</param>
    /// <param name="most">Largest number of rows, at most 20,000.</param>
    public Tensor Of(Tensor data, long most) => data.index_select(0, _rows.narrow(0, 0, Math.Min(most, _rows.shape[0])));

    public void Dispose() => _rows.Dispose();
}
