using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Hybrid Monte Carlo in the latent space of a flow: the target seen from z has energy U(z) = E(x(z)) - ln|det ∂x/∂z|, close to ½|z|² for a good flow.</summary>
/// <remarks>U(z) = E(x) + ln p(x) - ln N(z). Leapfrog with unit masses, then Metropolis. Zhang, E, Wang (2018), section 4.2; Li, Wang (2018).</remarks>
/// <param name="flow">The map.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null.</param>
public sealed class LatentHamiltonianSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>Step of the leapfrog integrator at the start of warm-up, which adapts it to about 75% acceptance.</summary>
    /// <value>Positive; default 0.2.</value>
    public double InitialStep { get; init; } = 0.2;

    /// <summary>Leapfrog steps per trajectory.</summary>
    /// <value>At least 1; default 5.</value>
    public int LeapfrogSteps { get; init; } = 5;

    /// <summary>Runs parallel chains, started at z ~ N(0, 1).</summary>
    /// <param name="chains">Number of chains, at least 2: error bars come from their spread.</param>
    /// <param name="warmup">Trajectories that adapt the step and are not averaged over, at least 0.</param>
    /// <param name="steps">Trajectories that are, at least 4.</param>
    /// <param name="generator">Source of momenta and decisions.</param>
    /// <param name="observables">Functions of points x [B, N] to [B], by name.</param>
    /// <param name="cancellationToken">Stops between trajectories.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public ChainEstimate Run(
        int chains, int warmup, int steps, Generator generator, IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null, CancellationToken cancellationToken = default)
    {
        TensorChecks.RequireAtLeast(InitialStep, double.Epsilon);
        TensorChecks.RequireAtLeast(LeapfrogSteps, 1);
        TensorChecks.RequireAtLeast(chains, 2);
        TensorChecks.RequireAtLeast(warmup, 0);
        TensorChecks.RequireAtLeast(steps, 4);
        using var scope = NewDisposeScope();
        var (dtype, device) = flow.Placement();
        var current = See(StandardNormal.Sample(chains, flow.Dimension, generator, dtype, device));
        var (step, trajectory) = (InitialStep, 0);
        return MarkovChains.Run(
            () =>
            {
                var momentum = StandardNormal.Sample(chains, flow.Dimension, generator, dtype, device);
                var start = Kinetic(momentum).add(current.Potential);
                var proposal = current;
                for (var leap = 0; leap < LeapfrogSteps; leap++)
                {
                    var half = momentum.add(proposal.Force, alpha: -step / 2);
                    proposal = See(proposal.Z.add(half, alpha: step));
                    momentum = half.add(proposal.Force, alpha: -step / 2);
                }

                var change = start.sub(Kinetic(momentum).add(proposal.Potential));
                // A trajectory that left the range of the numbers compares false and is rejected.
                var accepted = rand(chains, dtype: float64, generator: generator).log().to(device).lt(change);
                current.Take(proposal, accepted);
                if (trajectory++ < warmup)
                {
                    step *= Math.Exp(0.5 * (accepted.to(float64).mean().item<double>() - 0.75) / Math.Sqrt(1 + (trajectory / 10.0)));
                }

                return (current.X, current.Energy, accepted);
            },
            warmup, steps, observables, cancellationToken);
    }

    private static Tensor Kinetic(Tensor momentum) => momentum.to(float64).square().sum([1L]).mul(0.5);

    private Seen See(Tensor z)
    {
        using var scope = NewDisposeScope();
        using var _ = enable_grad();
        var latent = z.detach().clone().requires_grad_();
        var state = flow.Decode(latent, depth);
        var value = energy.Value(state.X);
        var potential = value.add(state.LogProb).sub(StandardNormal.LogProb(latent));
        var force = autograd.grad([potential.sum()], [latent])[0];
        return new Seen(latent.detach(), force.detach(), potential.detach().to(float64), state.X.detach(), value.detach().to(float64)).MoveToOuterDisposeScope();
    }

    /// <summary>Where the chains are, and what they see there.</summary>
    private sealed record Seen(Tensor Z, Tensor Force, Tensor Potential, Tensor X, Tensor Energy)
    {
        public Seen MoveToOuterDisposeScope()
        {
            foreach (var part in Parts)
            {
                part.MoveToOuterDisposeScope();
            }

            return this;
        }

        public void Take(Seen other, Tensor accepted)
        {
            foreach (var (mine, theirs) in Parts.Zip(other.Parts))
            {
                mine.copy_(where(mine.dim() == 2 ? accepted.unsqueeze(1) : accepted, theirs, mine));
            }
        }

        private Tensor[] Parts => [Z, Force, Potential, X, Energy];
    }
}
