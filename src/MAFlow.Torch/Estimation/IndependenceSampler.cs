using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// Metropolised independence sampling: each proposal is a fresh sample of the flow, accepted with probability min(1, w' / w), w = e^{-E} /
/// p.
/// </summary>
/// <remarks>
/// Exact for any flow that has the target's support, whatever its quality; quality only sets the acceptance, which is that of the flow's
/// samples. Chains start at samples of the flow.
/// Local moves in between reach what the flow seldom proposes. Gabrié, Rotskoff, Vanden-Eijnden, "Adaptive Monte Carlo augmented with
/// normalizing flows" (2022).
/// </remarks>
/// <param name="flow">Proposal.</param>
/// <param name="energy">Target.</param>
public sealed class IndependenceSampler(MongeAmpereFlow flow, Energy energy) : Sampler<IndependenceOptions, ChainEstimate>
{
    private protected override ChainEstimate Run(IndependenceOptions options, SamplerRun run)
    {
        var target = new LatentTarget(flow, energy);
        var current = target.InitialPoints(options.Chains, run.Generator);
        var kernel = options.LocalFlow is null
            ? Global(target, current, run.Generator)
            : WithLocalMoves(target, current, options, run.Generator);
        return MarkovChains.Run(kernel, options, run);
    }

    private static MarkovChains.Kernel Global(LatentTarget target, LatentPoints current, Generator generator) => _ =>
    {
        var accepted = current.ProposeFreshSamples(target, 1, generator);
        return (current.X, current.Energy, accepted);
    };

    private MarkovChains.Kernel WithLocalMoves(LatentTarget target, LatentPoints start, IndependenceOptions options, Generator generator)
    {
        var transition = LatentTransition.Hamiltonian();
        var coordinates = new LatentTarget(options.LocalFlow!, energy);
        var local = new LatentChains(coordinates, transition, coordinates.Encode(start.X, transition.NeedsGradient), generator);
        return warmup =>
        {
            for (var move = 0; move < options.LocalMoves; move++)
            {
                local.Move((warmup * options.LocalMoves) + move);
            }

            return (local.Current.X, local.Current.Energy, local.ProposeFreshSamples(target));
        };
    }
}
