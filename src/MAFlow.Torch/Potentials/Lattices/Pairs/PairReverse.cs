using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The derivative of v̄·∇φ + Σ l̄ ∇²φ at a point, in closed form.</summary>
/// <remarks>
/// By the point it is ∇∇φ v̄ + l̄ ∇∇²φ: with l̄ = 1 it is also what carries a score along. With g = ω (S v̄), m = l̄ κω²,
/// P the cotangent of W h + c, X = W P and D = 2 l̄ Q (slopes), on odd features:
/// P = u (g - 2mt) and ∂/∂(ωy) = u (X - 2um (W h) - 2tD) - 2tP (W h); on even ones P = 2u (tg + m(1 - 3t²)) and
/// ∂/∂(ωy) = u (2tX + (1 - 3t²)(2g (W h + c) + D) - 8t (2 - 3t²) m (W h + c)).
/// </remarks>
/// <param name="shape">Sizes.</param>
/// <param name="harmonics">From sites to waves.</param>
/// <param name="weights">The terms at the moment.</param>
internal sealed class PairReverse(PairShape shape, AxisMaps harmonics, PairWeights weights)
{
    private readonly PairStage _stage = new(shape, harmonics, weights);

    /// <summary>The derivative by the point.</summary>
    /// <param name="waves">The point, shape [N, R].</param>
    /// <param name="velocity">v̄, shape [N, R].</param>
    /// <param name="laplacian">l̄ of each column, shape [R]; null for zero.</param>
    /// <param name="sums">Where derivatives by the terms are added up; null where they are not wanted.</param>
    public Tensor Of(Tensor waves, Tensor velocity, Tensor? laplacian, PairGradients? sums)
    {
        using var scope = NewDisposeScope();
        var fields = _stage.Fields(waves);
        var features = _stage.Features(fields);
        var spectra = features.Values().Select(harmonics.Apply).ToList();
        var (odd, even) = _stage.Sources(features, spectra);
        var seen = _stage.Fields(velocity);
        var g = seen.unsqueeze(2).mul(weights.Sharpness);
        var m = laplacian is null ? null : weights.Curvature.unsqueeze(-1).mul(laplacian);
        var (t, u, te, ue) = (features.Odd, features.Slope, features.Even, features.EvenSlope);
        var oddCotangent = (m is null ? g : g.sub(t.mul(m).Mul_(2))).mul(u);
        // 2u (tg + m(1 - 3t²)) is 2t times the odd one, plus 2u²m.
        var evenCotangent = features.OfEven(oddCotangent).mul(te);
        if (m is not null)
        {
            evenCotangent.Add_(ue.Square().mul(features.OfEven(m)));
        }

        var cotangents = features.Join(oddCotangent, evenCotangent.Mul_(2)).Select(harmonics.Apply).ToList();
        var (x, xe) = features.Split([.. _stage.Couple(cotangents).Select(harmonics.ApplyTransposed)]);
        var b = te.Square().Mul_(-3).Add(1);
        var bentOdd = oddCotangent.mul(odd);
        var bentEven = features.OfEven(g).mul(even).Mul_(2);
        var direct = x;
        var slopes = m is null ? [] : features.Slopes().Select(harmonics.Apply).ToList();
        if (m is not null)
        {
            var spread = slopes.Select((bent, block) =>
                harmonics.ApplyTransposed(weights.Spreads[block].bmm(bent).mul(laplacian!).Mul_(2)));
            var (d, de) = features.Split([.. spread]);
            bentOdd.Add_(d.mul(u));
            bentEven.Add_(de);
            direct = x.sub(u.mul(m).mul(odd).Mul_(2));
        }

        var slope = direct.mul(u).sub(bentOdd.mul(t).Mul_(2));
        var evenSlope = xe.mul(te).Mul_(2).Add_(bentEven.mul(b));
        if (m is not null)
        {
            evenSlope.sub_(te.mul(b.Add(1)).mul(features.OfEven(m)).mul(even).Mul_(8));
        }

        features.OfEven(slope).Add_(evenSlope.mul(ue));
        var emitted = harmonics.Apply(slope.mul(weights.Sharpness).sum([2L]));
        var result = emitted.mul(weights.Filters).sum([1L]).Add_(velocity.mul(weights.Linear));
        var collective = new PairCollective(weights, waves, velocity, laplacian);
        result.narrow(0, 0, 1).Add_(collective.ByMode());
        if (sums is not null)
        {
            var pull = PairStage.Pull(features, odd, even);
            var force = harmonics.Apply(pull.mul(weights.Sharpness).sum([2L]));
            sums.AddFilters(waves.unsqueeze(1).mul(emitted).Add_(velocity.unsqueeze(1).mul(force)).sum([2L]));
            sums.AddSharpness(fields.unsqueeze(2).mul(slope).Add_(seen.unsqueeze(2).mul(pull)).sum([0L, 3L]));
            var bend = laplacian is null ? null : PairStage.Bend(features, pull, even).mul(laplacian).sum([2L]);
            var linear = velocity.mul(waves).sum([1L]);
            sums.Add(bend, laplacian is null ? linear : linear.Add_(laplacian.sum()), collective);
            sums.AddPairs(_stage, spectra, cotangents, slopes, laplacian);
        }

        return result.MoveToOuterDisposeScope();
    }
}
