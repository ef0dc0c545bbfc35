using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>The stages of a solve of a pair potential of particles. Points, scores and cotangents are [D, n, B].</summary>
/// <param name="places">Pairs.</param>
/// <param name="terms">Coefficients of φ at both ends, one row each, then those that do not depend on time, where there are some.</param>
internal sealed class ParticleStages(ParticlePlaces places, IReadOnlyList<Tensor> terms) : IKnotStages
{
    private readonly Tensor _ends = terms[0];
    private readonly Tensor? _constants = terms.Count > 1 ? terms[1] : null;
    private Tensor? _sums;
    private Tensor? _constantSums;

    /// <inheritdoc/>
    public (Tensor Velocity, Tensor Laplacian) At(double fraction, Tensor point)
    {
        var stage = Stage(fraction, point, 2);
        return (stage.Velocity(), stage.Laplacian());
    }

    /// <inheritdoc/>
    public (Tensor ByPoint, Tensor Velocity, Tensor Laplacian) Along(double fraction, Tensor point, Tensor score, Tensor unit)
    {
        var stage = Stage(fraction, point, 3);
        return (stage.Reverse(score, unit, withTerms: false).ByPoint, stage.Velocity(), stage.Laplacian());
    }

    /// <inheritdoc/>
    public void BeginSums() =>
        (_sums, _constantSums) = (zeros_like(_ends), _constants is null ? null : zeros_like(_constants));

    /// <inheritdoc/>
    public Tensor Reverse(double fraction, Tensor point, Tensor cotangent, Tensor? laplacian)
    {
        var stage = Stage(fraction, point, laplacian is null ? 2 : 3);
        var (byPoint, derivative, byConstants) = stage.Reverse(cotangent, laplacian, withTerms: true);
        using var start = (1 - fraction).ToScalar();
        using var end = fraction.ToScalar();
        _sums![0].add_(derivative!, alpha: start);
        _sums[1].add_(derivative!, alpha: end);
        if (byConstants is not null)
        {
            _constantSums!.Add_(byConstants);
        }

        return byPoint;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Totals() => _constantSums is null ? [_sums!] : [_sums!, _constantSums];

    /// <inheritdoc/>
    public void Dispose()
    {
        // The tables of the places belong to the scope of the solve.
    }

    private ParticleStage Stage(double fraction, Tensor point, int derivatives) =>
        new(places, _ends[0].Mul(1 - fraction).Add(_ends[1], alpha: fraction), _constants, point, derivatives);
}
