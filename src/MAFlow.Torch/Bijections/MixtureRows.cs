using MAFlow.Scoring.Bijections;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>y = Φ⁻¹(F(x)) of rows that nothing is differentiated by: number by number, in one pass instead of a hundred.</summary>
internal sealed class MixtureRows
{
    private const int NumbersPerPiece = 4_096;
    private readonly Mixture[] _mixtures;

    /// <param name="weight">π, shape [N, K], float64.</param>
    /// <param name="mean">μ, shape [N, K], float64.</param>
    /// <param name="deviation">σ, shape [N, K], float64.</param>
    public MixtureRows(Tensor weight, Tensor mean, Tensor deviation)
    {
        var components = (int)mean.shape[1];
        double[][] Split(Tensor table) => [.. Numbers(table).Chunk(components)];
        _mixtures = [.. Split(weight).Zip(Split(mean), Split(deviation)).Select(row => new Mixture(row.First, row.Second, row.Third))];
    }

    /// <summary>Where F is ½, for each feature.</summary>
    public double[] Medians => [.. _mixtures.Select(mixture => mixture.Median)];

    /// <summary>y of points [B, N], and ln |det| [B].</summary>
    public Mapped Forward(Tensor x) => Each(x, (mixture, point) =>
    {
        var y = mixture.Normal(point);
        // ln F'(x) - ln φ(y), in which ln √(2π) cancels.
        return (y, mixture.LogDensity(point, out _) + (0.5 * y * y));
    });

    /// <summary>x of points [B, N], and ln |det| [B].</summary>
    public Mapped Inverse(Tensor y) => Each(y, (mixture, value) =>
    {
        var x = mixture.Inverse(value);
        var mapped = mixture.Normal(x);
        return (x, -mixture.LogDensity(x, out _) - (0.5 * mapped * mapped));
    });

    private static double[] Numbers(Tensor table)
    {
        using var scope = NewDisposeScope();
        return table.detach().cpu().contiguous().data<double>().ToArray();
    }

    private Mapped Each(Tensor points, Func<Mixture, double, (double Value, double LogSlope)> map)
    {
        using var scope = NewDisposeScope();
        var numbers = Numbers(points);
        var (width, rows) = (_mixtures.Length, (int)points.shape[0]);
        var logDeterminant = new double[rows];
        var rowsPerPiece = Math.Max(1, NumbersPerPiece / width);
        Workers.ForEach((rows + rowsPerPiece - 1) / rowsPerPiece, piece =>
        {
            for (var row = piece * rowsPerPiece; row < Math.Min(rows, (piece + 1) * rowsPerPiece); row++)
            {
                for (var feature = 0; feature < width; feature++)
                {
                    var place = ((long)row * width) + feature;
                    (numbers[place], var logSlope) = map(_mixtures[feature], numbers[place]);
                    logDeterminant[row] += logSlope;
                }
            }
        });
        return new Mapped(tensor(numbers, points.shape, device: points.device), tensor(logDeterminant, device: points.device))
            .MoveToOuterDisposeScope();
    }
}
