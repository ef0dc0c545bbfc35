using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>A sum of radial Gaussians u(d) = w Σ_k a_k e^{-q_k²/2} with q_k = ρ/w - k and ρ = √(d² + w²), and its derivatives by
/// 𝒟 = (1/d) d/dd.</summary>
/// <remarks>
/// ρ is a smooth function of d², so that forces are smooth where particles meet: 𝒟 = (1/ρ) d/dρ needs no division by d.
/// A = 𝒟u = u'/d, B = 𝒟²u and C = 𝒟³u give ∇u = A r, ∇²u = D A + d² B and ∇∇²u = ((D + 2) B + d² C) r.
/// In a box u is multiplied by (1 - d²/R²)⁴, which ends it before the next image.
/// </remarks>
internal sealed class RadialGaussians
{
    private readonly double _width;
    private readonly Tensor _radius;
    private readonly Tensor[] _powers;
    private readonly Tensor[]? _window;

    /// <param name="places">Pairs.</param>
    /// <param name="square">d² of each pair, shape [P, B].</param>
    /// <param name="count">Number K of Gaussians, whose width is their spacing.</param>
    /// <param name="derivatives">2 for A and B, 3 for C as well.</param>
    public RadialGaussians(ParticlePlaces places, Tensor square, int count, int derivatives)
    {
        var shape = places.Shape;
        _width = shape.Range / (count - 1);
        _radius = square.Add(_width * _width).sqrt();
        var q = _radius.Div(_width).reshape(1, -1).sub(places.Centres.narrow(0, 0, count));
        _powers = new Tensor[derivatives + 1];
        _powers[0] = q.Square().Mul(-0.5).exp();
        for (var power = 1; power <= derivatives; power++)
        {
            _powers[power] = _powers[power - 1].mul(q);
        }

        _window = shape.Box is null ? null : Window(square, shape.Range * shape.Range, derivatives);
    }

    /// <summary>u, A, B and, where three derivatives were asked for, C of each pair, shape [P, B].</summary>
    /// <param name="strength">a, shape [K].</param>
    public Tensor[] Of(Tensor strength) =>
        Derivatives([.. _powers.Select(power => strength.unsqueeze(0).mm(power).view(_radius.shape))]);

    /// <summary>The same of each Gaussian by itself, shape [K, P, B].</summary>
    public Tensor[] OfEach() => Derivatives([.. _powers.Select(power => power.view([-1, .. _radius.shape]))]);

    /// <param name="moments">Σ_k a_k q_k^m e^{-q_k²/2} for m = 0, 1, ….</param>
    private Tensor[] Derivatives(Tensor[] moments)
    {
        var first = moments[1].neg().div(_radius);
        var perSquare = _radius.Pow(-2);
        var second = moments[2].sub(moments[0]).Div(_width).sub(first).mul(perSquare);
        List<Tensor> result = [moments[0].Mul(_width), first, second];
        if (moments.Length > 3)
        {
            var third = moments[1].Mul(3).sub(moments[3]).Div(_width * _width);
            result.Add(third.div(_radius).Add(second, alpha: -3).mul(perSquare));
        }

        return _window is null ? [.. result] : Product(result, _window);
    }

    /// <summary>∂/∂a of Σ (first · A + second · B), shape [K].</summary>
    /// <param name="first">Shape [P, B].</param>
    /// <param name="second">Shape [P, B]; null for zero.</param>
    public Tensor ByStrength(Tensor first, Tensor? second)
    {
        Tensor? value = null;
        if (_window is not null)
        {
            value = second is null ? first.mul(_window[1]) : first.mul(_window[1]).Add(second.mul(_window[2]));
            first = second is null ? first.mul(_window[0]) : first.mul(_window[0]).Add(second.mul(_window[1]), alpha: 2);
            second = second?.mul(_window[0]);
        }

        Tensor Sum(int power, Tensor weights) => _powers[power].mv(weights.reshape(-1));
        var curvature = second?.mul(_radius.Pow(-2));
        var slope = (curvature is null ? first : first.sub(curvature)).div(_radius);
        var result = Sum(1, slope).neg();
        if (curvature is not null)
        {
            result = result.Add(Sum(2, curvature).sub(Sum(0, curvature)), alpha: 1 / _width);
        }

        return value is null ? result : result.Add(Sum(0, value), alpha: _width);
    }

    /// <summary>(1 - d²/R²)⁴ inside of R and zero outside, with its derivatives by 𝒟.</summary>
    private static Tensor[] Window(Tensor square, double range, int derivatives)
    {
        var inside = square.Div(-range).Add(1).ClampMin(0);
        var (result, factor) = (new Tensor[derivatives + 1], 1.0);
        for (var order = 0; order <= derivatives; order++)
        {
            result[order] = inside.Pow(4 - order).Mul(factor);
            factor *= -2 * (4 - order) / range;
        }

        return result;
    }

    /// <summary>The derivatives of a product, by Leibniz.</summary>
    private static Tensor[] Product(List<Tensor> left, Tensor[] right)
    {
        double[][] binomials = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]];
        return [.. left.Select((_, order) => Enumerable.Range(0, order + 1)
            .Select(k => left[order - k].mul(right[k]).Mul(binomials[order][k]))
            .Aggregate((sum, term) => sum.Add(term)))];
    }
}
