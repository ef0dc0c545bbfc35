using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>
/// What a potential may be made from when a density model is built: the coordinates of the flow, and how they arise from the data.
/// </summary>
public sealed class PotentialContext
{
    private readonly BijectionChain _chain;
    private readonly DirectionInitializer _directions;

    internal PotentialContext(
        BijectionChain chain, DirectionInitializer directions, long dimension, Generator generator, double horizon, ScalarType dataType) =>
        (_chain, _directions, Dimension, Generator, Horizon, DataType) = (chain, directions, dimension, generator, horizon, dataType);

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>Source of initial parameters.</summary>
    public Generator Generator { get; }

    /// <summary>Horizon T of the flow.</summary>
    public double Horizon { get; }

    /// <summary>Type of the numbers that the flow computes with; a potential of another type is converted.</summary>
    public ScalarType DataType { get; }

    /// <summary>
    /// Draws directions in the coordinates of the data, by the option Directions, and rewrites them in the coordinates of the flow.
    /// </summary>
    /// <param name="count">Number of directions h.</param>
    /// <returns>Shape [h, N], float64, not normalised.</returns>
    public Tensor DrawDirections(long count) => DrawDirections(_chain, _directions, count, Dimension, Generator);

    /// <summary>
    /// Draws directions in the coordinates that the affine end of a chain starts from, and rewrites them in those that it ends in.
    /// </summary>
    internal static Tensor DrawDirections(
        BijectionChain chain, DirectionInitializer initializer, long count, long dimension, Generator generator)
    {
        using var scope = NewDisposeScope();
        var affine = chain.AffineTail();
        var scale = affine.Count > 0 ? affine[0].InputScale()! : ones(dimension, dtype: float64);
        return chain.PullBack(initializer.Draw(count, scale, generator)).MoveToOuterDisposeScope();
    }
}
