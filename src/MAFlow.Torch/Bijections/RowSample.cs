using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// A random sample of the rows of a table, drawn once per fit: tables are often sorted, so their first rows are like no others.
/// </summary>
internal sealed class RowSample : IDisposable
{
    private const long MaxRows = 20_000;

    // Up to here everybody takes every row, and their order does not matter.
    private const long WorthSampling = 5_000;

    private readonly Tensor? _rows;

    private RowSample(Tensor? rows) => _rows = rows;

    /// <summary>Draws the rows to look at.</summary>
    /// <param name="rows">Number of rows of the table.</param>
    /// <param name="generator">Source of randomness.</param>
    public static RowSample Draw(long rows, Generator generator)
    {
        if (rows <= WorthSampling)
        {
            return new(null);
        }

        using var scope = NewDisposeScope();
        var order = randperm(rows, dtype: ScalarType.Int64, generator: generator);
        return new(order.narrow(0, 0, Math.Min(rows, MaxRows)).clone().DetachFromDisposeScope());
    }

    /// <summary>The sample for a fit outside of a chain, the same at each call.</summary>
    public static RowSample Draw(long rows)
    {
        using var generator = new Generator(0);
        return Draw(rows, generator);
    }

    /// <summary>Some rows of the table.</summary>
    /// <param name="data">The table, or one with the same rows, shape [rows, N].</param>
    /// <param name="most">Largest number of rows, from 5,000 to 20,000.</param>
    public Tensor Of(Tensor data, long most) =>
        _rows is null || data.shape[0] <= most ? data.alias() : data.index_select(0, _rows.narrow(0, 0, Math.Min(most, _rows.shape[0])));

    public void Dispose() => _rows?.Dispose();
}
