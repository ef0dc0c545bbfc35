using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Fitted transforms one after the other: from data to the coordinates of the flow and back, with the sum of their log-determinants.</summary>
public sealed class PreprocessingChain : IDisposable
{
    // The copies that a transform makes on its way are of a block, not of the whole table.
    private const long RowsPerBlock = 16_384;

    private PreprocessingChain(IReadOnlyList<DataTransform> transforms) => Transforms = transforms;

    /// <summary>The transforms in the order in which data meets them.</summary>
    public IReadOnlyList<DataTransform> Transforms { get; }

    /// <summary>Number of features where a transform determines it, or null.</summary>
    internal long? Dimension => Transforms.Select(transform => transform.Dimension).FirstOrDefault(dimension => dimension is not null);

    /// <summary>Fits a recipe step by step, each step to the data as the previous ones left it.</summary>
    /// <param name="steps">The recipe; empty for none.</param>
    /// <param name="data">Rows [rows, N] in their original units.</param>
    /// <param name="generator">Source of dequantisation noise while fitting.</param>
    /// <exception cref="ArgumentException">The data does not suit a step.</exception>
    public static PreprocessingChain Fit(IEnumerable<PreprocessingStep> steps, Tensor data, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequirePoints(data, data.dim() == 2 ? data.shape[1] : -1);
        TensorChecks.RequireFinite(data, "the data");
        using var scope = NewDisposeScope();
        var fitted = new List<DataTransform>();
        try
        {
            var current = data.to(float64, CPU).alias();
            foreach (var step in steps)
            {
                if (fitted.Count > 0)
                {
                    using var before = current;
                    current = Forward(fitted[^1], before, generator);
                }

                fitted.Add(step.Fit(current));
            }

            return new(fitted);
        }
        catch
        {
            fitted.ForEach(transform => transform.Dispose());
            throw;
        }
    }

    /// <summary>Maps data to the coordinates of the flow.</summary>
    /// <param name="x">Rows [B, N] in their original units; converted to float64 on the CPU.</param>
    /// <param name="noise">Source of dequantisation noise in training; null for the deterministic rule of scoring.</param>
    /// <returns>Float64 points on the CPU and ln |det ∂y/∂x| per row.</returns>
    /// <exception cref="ArgumentException">Values outside the range that a transform was declared for.</exception>
    public TransformedPoints Forward(Tensor x, Generator? noise = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        var y = x.to(float64, CPU).alias();
        var logDeterminant = zeros(x.shape[0], dtype: float64);
        foreach (var transform in Transforms)
        {
            var (next, change) = transform.Forward(y, noise);
            (y, logDeterminant) = (next, logDeterminant.Add(change));
        }

        return new TransformedPoints(y, logDeterminant).MoveToOuterDisposeScope();
    }

    /// <summary>Maps points of the flow back to original units; quantised data returns to its levels.</summary>
    /// <param name="y">Points [B, N].</param>
    /// <returns>Float64 rows on the CPU, shape [B, N].</returns>
    public Tensor Inverse(Tensor y)
    {
        ArgumentNullException.ThrowIfNull(y);
        using var scope = NewDisposeScope();
        var x = y.to(float64, CPU).alias();
        foreach (var transform in Transforms.Reverse())
        {
            x = transform.Inverse(x);
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Draws directions in the coordinates that the linear transforms start from and rewrites them in the coordinates of the flow.</summary>
    /// <returns>Shape [count, N], float64, not normalised.</returns>
    internal Tensor DrawDirections(DirectionInitializer initializer, long count, long dimension, Generator generator)
    {
        using var scope = NewDisposeScope();
        var linear = Transforms.Reverse().TakeWhile(transform => transform.InputScale() is not null).Reverse().ToList();
        var scale = linear.FirstOrDefault()?.InputScale() ?? ones(dimension, dtype: float64);
        var directions = initializer.Draw(count, scale, generator);
        foreach (var transform in linear)
        {
            directions = transform.PullBack(directions);
        }

        return directions.MoveToOuterDisposeScope();
    }

    private static Tensor Forward(DataTransform transform, Tensor points, Generator generator)
    {
        var rows = points.shape[0];
        var result = empty_like(points);
        for (var start = 0L; start < rows; start += RowsPerBlock)
        {
            using var scope = NewDisposeScope();
            var length = Math.Min(RowsPerBlock, rows - start);
            result.narrow(0, start, length).copy_(transform.Forward(points.narrow(0, start, length), generator).Y);
        }

        return result;
    }

    internal static PreprocessingChain Restore(IReadOnlyList<StoredComponent> stored)
    {
        var transforms = new List<DataTransform>();
        try
        {
            foreach (var component in stored)
            {
                transforms.Add(component.Kind switch
                {
                    UniformDequantization.Kind => UniformDequantization.Restore(component),
                    Logit.Kind => Logit.Restore(component),
                    HistogramGaussianization.Kind => HistogramGaussianization.Restore(component),
                    Smoothing.Kind => Smoothing.Restore(component),
                    TailCompression.Kind => TailCompression.Restore(component),
                    Standardization.Kind => Standardization.Restore(component),
                    AffineGaussianization.Kind => AffineGaussianization.Restore(component),
                    _ => throw new FormatException($"Expected a known preprocessing transform, got '{component.Kind}'; the file was written by a newer version."),
                });
            }

            if (transforms.Select(transform => transform.Dimension).OfType<long>().Distinct().Count() > 1)
            {
                throw new FormatException("Expected transforms of one number of features, got several; the file is damaged.");
            }

            return new(transforms);
        }
        catch
        {
            transforms.ForEach(transform => transform.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transform in Transforms)
        {
            transform.Dispose();
        }
    }
}
