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
        var values = new PairTensorSites(shape, Fields(waves), weights).Values;
        var spectra = values.Select(harmonics.Apply).ToList();
        var pairs = spectra.Zip(Couple(spectra), (own, other) => own.mul(other).sum([0L, 1L]).Mul(0.5));
        var constants = Constants(values).Select(pair => pair.Values.sum([0L]).mul(pair.Constant.unsqueeze(-1)).sum([0L]));
        var linear = waves.Square().mul(weights.Linear).sum([0L]).Mul(0.5);
        var collective = Activation.LogCosh.Value(Collective(waves)).mul(weights.Strength).div(weights.CollectiveSharpness).sum([0L]);
        return pairs.Concat(constants).Append(linear).Append(collective).Aggregate((sum, part) => sum.Add(part)).MoveToOuterDisposeScope();
    }

    /// <summary>∇φ as waves, and ∇²φ of each column.</summary>
    /// <param name="waves">Shape [N, R].</param>
    public (Tensor Velocity, Tensor Laplacian) At(Tensor waves)
    {
        using var scope = NewDisposeScope();
        var sites = PairSites.Of(shape, Fields(waves), weights);
        var (force, bend) = sites.Pull(Sources([.. sites.Values.Select(harmonics.Apply)]));
        List<Tensor> slopes = [.. sites.Slopes.Select(harmonics.Apply)];
        var (velocity, laplacian) = Sum(waves, harmonics.Apply(force), bend, slopes, Spread(slopes));
        return (velocity.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>The derivative of v̄·∇φ + Σ l̄ ∇²φ by the point, in closed form: ∇∇φ v̄ + l̄ ∇∇²φ, which with l̄ = 1 is also what
    /// carries a score along.</summary>
    /// <param name="waves">The point, shape [N, R].</param>
    /// <param name="velocity">v̄, shape [N, R].</param>
    /// <param name="laplacian">l̄ of each column, shape [R]; null for zero.</param>
    /// <param name="sums">Where derivatives by the terms are added up; null where they are not wanted.</param>
    /// <returns>The derivative [N, R], and what <see cref="At"/> returns; ∇²φ is complete where l̄ is given.</returns>
    public (Tensor ByPoint, Tensor Velocity, Tensor Laplacian) Reverse(
        Tensor waves, Tensor velocity, Tensor? laplacian, PairGradients? sums)
    {
        using var scope = NewDisposeScope();
        var (sites, seen) = (PairSites.Of(shape, Fields(waves), weights), Fields(velocity));
        var spectra = sites.Values.Select(harmonics.Apply).ToList();
        var cotangents = sites.Cotangents(seen, laplacian).Select(harmonics.Apply).ToList();
        var returned = Couple(cotangents).Select(harmonics.ApplyTransposed).ToList();
        List<Tensor> slopes = laplacian is null ? [] : [.. sites.Slopes.Select(harmonics.Apply)];
        var spread = Spread(slopes);
        var gradients = sites.Gradients(
            seen, laplacian, Sources(spectra), returned, [.. spread.Select(harmonics.ApplyTransposed)]);
        var force = harmonics.Apply(gradients.Force);
        var byField = harmonics.Apply(gradients.Fields);
        var result = byField.mul(weights.Filters).sum([1L]).Add_(velocity.mul(weights.Linear));
        var collective = new PairCollective(weights, waves, velocity, laplacian);
        result.narrow(0, 0, 1).Add_(collective.ByMode());
        if (sums is not null)
        {
            sums.AddFilters(waves.unsqueeze(1).mul(byField).Add_(velocity.unsqueeze(1).mul(force)).sum([2L]));
            sums.AddSharpness(gradients.Sharpness);
            var linear = velocity.mul(waves).sum([1L]);
            sums.Add(gradients.Curvature, laplacian is null ? linear : linear.Add_(laplacian.sum()), collective);
            sums.AddPairs(this, spectra, cotangents, slopes, laplacian);
        }

        var at = Sum(waves, force, gradients.Bend, slopes, spread);
        return (result.MoveToOuterDisposeScope(), at.Velocity.MoveToOuterDisposeScope(), at.Laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>The sum over the components, shape [N, f, B].</summary>
    public Tensor OverComponents(Tensor columns) => columns.reshape(OfComponents(columns)).sum([2L]);

    /// <summary>What the features feel: W h + c, block by block.</summary>
    private List<Tensor> Sources(IReadOnlyList<Tensor> spectra)
    {
        var coupled = Couple(spectra);
        foreach (var (values, constant) in Constants(coupled))
        {
            // A constant is the zero mode alone; there it costs nothing.
            values.narrow(0, 0, 1).Add_(constant.unsqueeze(-1).Mul(Math.Sqrt(shape.Sites)));
        }

        return [.. coupled.Select(harmonics.ApplyTransposed)];
    }

    /// <summary>W of each block times spectra, between components as well.</summary>
    private IReadOnlyList<Tensor> Couple(IReadOnlyList<Tensor> spectra) => [.. spectra.Select((spectrum, block) =>
    {
        var own = weights.Couplings[block].bmm(spectrum);
        return shape.Components == 1
            ? own
            : own.view(OfComponents(own)).Add(weights.Exchanges[block].bmm(OverComponents(spectrum)).unsqueeze(2)).view(own.shape);
    })];

    /// <summary>The filtered fields y, shape [N, S, R].</summary>
    private Tensor Fields(Tensor waves) => harmonics.ApplyTransposed(weights.Filters.mul(waves.unsqueeze(1)));

    private List<Tensor> Spread(IReadOnlyList<Tensor> slopes) => [.. slopes.Zip(weights.Spreads, (block, spread) => spread.bmm(block))];

    /// <summary>∇φ and ∇²φ from their parts.</summary>
    /// <param name="waves">The point.</param>
    /// <param name="force">On the filtered fields, as waves [N, S, R].</param>
    /// <param name="bend">The part of ∇²φ with second derivatives of features.</param>
    /// <param name="slopes">Spectra of the slopes, block by block.</param>
    /// <param name="spread">Their spread.</param>
    private (Tensor Velocity, Tensor Laplacian) Sum(
        Tensor waves, Tensor force, Tensor bend, IReadOnlyList<Tensor> slopes, IReadOnlyList<Tensor> spread)
    {
        var tanh = Collective(waves).tanh();
        var velocity = force.mul(weights.Filters).sum([1L]).Add(waves.mul(weights.Linear));
        velocity.narrow(0, 0, 1).Add_(tanh.mul(weights.Strength).sum(0, keepdim: true));
        var steepness = weights.Strength.mul(weights.CollectiveSharpness);
        var laplacian = bend.Add(steepness.sub(tanh.Square().mul(steepness)).sum([0L])).Add(weights.Trace);
        return (velocity, slopes.Zip(spread, (block, other) => block.mul(other).sum([0L, 1L])).Aggregate(laplacian, Scalars.Add));
    }

    /// <summary>wM + b of each column, with M the zero mode; shape [C, R].</summary>
    private Tensor Collective(Tensor waves) => weights.CollectiveSharpness.mul(waves.narrow(0, 0, 1)).Add(weights.Offset);

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
