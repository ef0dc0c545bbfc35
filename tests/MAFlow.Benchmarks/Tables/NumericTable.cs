using static TorchSharp.torch;

namespace MAFlow.Benchmarks.Tables;

/// <summary>Rows to learn from and rows to judge by, standardised by the former.</summary>
/// <param name="Name">What results are listed under.</param>
/// <param name="Training">Shape [rows, N], float64.</param>
/// <param name="Test">Shape [rows, N], float64.</param>
internal sealed record NumericTable(string Name, Tensor Training, Tensor Test) : IDisposable
{
    /// <summary>Deviation of the noise that gives repeated values a density, in deviations of a feature.</summary>
    private const double Noise = 0.01;

    /// <summary>Shuffles rows, sets a fifth aside to judge by, and standardises; constant features are left out.</summary>
    public static NumericTable Split(string name, Tensor rows, ulong seed, int mostRows = 50_000)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var order = randperm(rows.shape[0], dtype: ScalarType.Int64, generator: generator);
        var some = rows.to(float64).index_select(0, order.narrow(0, 0, Math.Min(mostRows, rows.shape[0])));
        some = some.index_select(1, some.std(0).gt(1e-9).nonzero().squeeze(1));
        var test = some.shape[0] / 5;
        var training = some.narrow(0, test, some.shape[0] - test);
        var (mean, deviation) = (training.mean([0L]), training.std(0).clamp_min(1e-9));
        Tensor Standard(Tensor part) => part.sub(mean).div(deviation).add(rand(part.shape, dtype: float64, generator: generator).sub(0.5).mul(Noise));
        return new(name, Standard(training).DetachFromDisposeScope(), Standard(some.narrow(0, 0, test)).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        Training.Dispose();
        Test.Dispose();
    }
}
