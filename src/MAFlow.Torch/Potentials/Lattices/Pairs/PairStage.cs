using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Value, velocity and Laplacian of a pair potential at one moment, in the coordinates of the waves.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="harmonics">From sites to waves.</param>
/// <param name="weights">The terms at the moment.</param>
internal sealed class PairStage(PairShape shape, AxisMaps harmonics, PairWeights weights)
{
    /// <summary>φ of each column, for one component after the other; their sum is φ of the field.</summary>
    /// <param name="waves">Shape [N, R].</param>
    public Tensor Value(Tensor waves)
    {
        using var scope = NewDisposeScope();
        var values = Features(Fields(waves)).Values();
        var spectra = values.Select(harmonics.Apply).ToList();
        var pairs = spectra.Zip(Couple(spectra), (own, other) => own.mul(other).sum([0L, 1L]).Mul(0.5));
        var constants = Constants(values).Select(pair => pair.Values.sum([0L]).mul(pair.Constant.unsqueeze(-1)).sum([0L]));
        var linear = waves.Square().mul(weights.Linear).sum([0L]).Mul(0.5);
        var argument = Collective(waves);
        var collective = Activation.LogCosh.Value(argument).mul(weights.Strength).div(weights.CollectiveSharpness).sum([0L]);
        return pairs.Concat(constants).Append(linear).Append(collective).Aggregate((sum, part) => sum.Add(part)).MoveToOuterDisposeScope();
    }

    /// <summary>∇φ as waves, and ∇²φ of each column where it is wanted.</summary>
    /// <param name="waves">Shape [N, R].</param>
    /// <param name="withLaplacian">Whether ∇²φ is wanted.</param>
    public (Tensor Velocity, Tensor? Laplacian) At(Tensor waves, bool withLaplacian)
    {
        using var scope = NewDisposeScope();
        var features = Features(Fields(waves));
        var (odd, even) = Sources(features);
        var tanh = Collective(waves).tanh();
        var pull = Pull(features, odd, even);
        var force = pull.mul(weights.Sharpness).sum([2L]);
        var velocity = Emit(force).Add(waves.mul(weights.Linear));
        velocity.narrow(0, 0, 1).Add_(tanh.mul(weights.Strength).sum(0, keepdim: true));
        if (!withLaplacian)
        {
            return (velocity.MoveToOuterDisposeScope(), null);
        }

        var steepness = weights.Strength.mul(weights.CollectiveSharpness);
        var laplacian = Bend(features, pull, even).mul(weights.Curvature.unsqueeze(-1)).sum([0L, 1L])
            .Add(steepness.sub(tanh.Square().mul(steepness)).sum([0L])).Add(weights.Trace);
        foreach (var (slopes, spread) in features.Slopes().Select(harmonics.Apply).Zip(weights.Spreads))
        {
            laplacian = laplacian.Add(spread.bmm(slopes).mul(slopes).sum([0L, 1L]));
        }

        return (velocity.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>The filtered fields y, shape [N, S, R].</summary>
    public Tensor Fields(Tensor waves) => harmonics.ApplyTransposed(weights.Filters.mul(waves.unsqueeze(1)));

    public PairFeatures Features(Tensor fields) => new(shape, fields, weights.Sharpness);

    /// <summary>What the features feel: W h + c, for odd and even ones.</summary>
    public (Tensor Odd, Tensor Even) Sources(PairFeatures features) =>
        Sources(features, [.. features.Values().Select(harmonics.Apply)]);

    /// <summary>The same from spectra that are at hand.</summary>
    public (Tensor Odd, Tensor Even) Sources(PairFeatures features, IReadOnlyList<Tensor> spectra)
    {
        var coupled = Couple(spectra);
        foreach (var (values, constant) in Constants(coupled))
        {
            // A constant is the zero mode alone; there it costs nothing.
            values.narrow(0, 0, 1).Add_(constant.unsqueeze(-1).Mul(Math.Sqrt(shape.Sites)));
        }

        return features.Split([.. coupled.Select(harmonics.ApplyTransposed)]);
    }

    /// <summary>W of each block times spectra, between components as well.</summary>
    public IReadOnlyList<Tensor> Couple(IReadOnlyList<Tensor> spectra) => [.. spectra.Select((spectrum, block) =>
    {
        var own = weights.Couplings[block].bmm(spectrum);
        return shape.Components == 1
            ? own
            : own.view(OfComponents(own)).Add(weights.Exchanges[block].bmm(OverComponents(spectrum)).unsqueeze(2)).view(own.shape);
    })];

    /// <summary>The sum over the components, shape [N, f, B].</summary>
    public Tensor OverComponents(Tensor columns) => columns.reshape(OfComponents(columns)).sum([2L]);

    /// <summary>∂φ/∂(ωy): u (W h + c) of the odd feature, and 2tu of the even one.</summary>
    public static Tensor Pull(PairFeatures features, Tensor odd, Tensor even)
    {
        var pull = features.Slope.mul(odd);
        features.OfEven(pull).Add_(features.Even.mul(features.EvenSlope).mul(even).Mul(2));
        return pull;
    }

    /// <summary>∂²φ/∂(ωy)² at fixed W h + c, summed over the sites, shape [S, J, R].</summary>
    /// <remarks>-2tu and 2u(1 - 3t²) are -2t times what pulls, plus 2u² for the even feature.</remarks>
    public static Tensor Bend(PairFeatures features, Tensor pull, Tensor even)
    {
        var bend = features.Odd.mul(pull).sum([0L]).Mul(-2);
        features.OfEven(bend).Add_(features.EvenSlope.Square().mul(even).sum([0L]).Mul(2));
        return bend;
    }

    /// <summary>From forces on the filtered fields [N, S, R] to waves.</summary>
    public Tensor Emit(Tensor force) => harmonics.Apply(force).mul(weights.Filters).sum([1L]);

    /// <summary>wM + b of each column, with M the zero mode; shape [C, R].</summary>
    public Tensor Collective(Tensor waves) => weights.CollectiveSharpness.mul(waves.narrow(0, 0, 1)).Add(weights.Offset);

    private long[] OfComponents(Tensor columns) =>
        [columns.shape[0], columns.shape[1], shape.Components, columns.shape[2] / shape.Components];

    private IEnumerable<(Tensor Values, Tensor Constant)> Constants(IReadOnlyList<Tensor> blocks)
    {
        var start = 0L;
        foreach (var block in blocks)
        {
            yield return (block, weights.Constant.narrow(0, start, block.shape[1]));
            start += block.shape[1];
        }
    }
}
