using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>What the paths of points through a flow are like, one number a path, shape [B].</summary>
/// <param name="KineticEnergy">∫₀ᵀ |∇φ|² dt.</param>
/// <param name="SquaredAcceleration">∫₀ᵀ |D∇φ/Dt|² dt, jumps at breaks left out.</param>
/// <param name="SquaredJumps">The sum of |Δ∇φ|² over the breaks.</param>
/// <param name="SquaredDistance">|x(T) - x(0)|².</param>
internal readonly record struct PathIntegrals(
    Tensor KineticEnergy, Tensor SquaredAcceleration, Tensor SquaredJumps, Tensor SquaredDistance)
{
    /// <summary>Follows points through a flow, by its own integrator.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="points">Points of the model, or latent codes, shape [B, N].</param>
    /// <param name="isData">Whether they are points of the model, which are followed backwards.</param>
    /// <param name="generator">Source of group elements that are sampled; null where nothing is random.</param>
    public static PathIntegrals Of(MongeAmpereFlow flow, Tensor points, bool isData, Generator? generator)
    {
        using var use = flow.Begin();
        using var scope = NewDisposeScope();
        var start = flow.Prepare(points);
        start = isData && flow.Bijection?.Forward(start).Like(start) is { } mapped ? mapped.Points : start;
        var (options, seed) = (flow.Options, generator is not null && flow.Potential.IsSampled ? Seeds.Next(generator) : (ulong?)null);
        Tensor Zeros() => zeros(start.shape[0], dtype: start.dtype, device: start.device);
        var (x, kinetic, acceleration, jumps) = (start, Zeros(), Zeros(), Zeros());
        Tensor? before = null;
        foreach (var piece in (isData ? flow.Grid().Reversed() : flow.Grid()).Pieces())
        {
            var holding = flow.Potential.Between(Math.Min(piece.Start, piece.End), Math.Max(piece.Start, piece.End), seed);
            var field = new AccelerationField(holding, piece);
            jumps = before is null ? jumps : jumps.Add(Arriving(field, x, piece.Start).sub(before).Square().sum([1L]));
            var end = options.Integrator.Solve(field, x, piece, options.Recompute);
            var sign = Math.Sign(piece.Step);
            (x, kinetic) = (end.X, kinetic.Add(end.Integrals[0], alpha: sign));
            acceleration = acceleration.Add(end.Integrals[1], alpha: sign);
            before = Arriving(field, x, piece.End);
        }

        var distance = x.sub(start).Square().sum([1L]);
        return new(
            kinetic.MoveToOuterDisposeScope(), acceleration.MoveToOuterDisposeScope(), jumps.MoveToOuterDisposeScope(),
            distance.MoveToOuterDisposeScope());

        // Jumps are only looked at.
        static Tensor Arriving(AccelerationField field, Tensor x, double time)
        {
            using var _ = no_grad();
            return field.Velocity(x, time);
        }
    }
}
