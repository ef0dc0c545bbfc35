using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Solves of a flow with everything that they give. Points are converted to its type and device.</summary>
internal static class FlowSolves
{
    /// <summary>Encodes, with everything that one solve gives.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="generator">Source of what is random; null where nothing is.</param>
    /// <param name="withKineticEnergy">Whether ∫|∇φ|² dt is wanted.</param>
    /// <param name="twiceDifferentiable">Whether the result is going to be differentiated twice.</param>
    public static FlowSolution EncodeFully(
        this MongeAmpereFlow flow, Tensor x, Generator? generator, bool withKineticEnergy = false, bool twiceDifferentiable = false)
    {
        using var use = flow.Begin();
        using var scope = NewDisposeScope();
        return FlowSolver.For(flow, generator, withKineticEnergy, twiceDifferentiable).Encode(flow.Prepare(x)).MoveToOuterDisposeScope();
    }

    /// <summary>Decodes, with everything that one solve gives.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="generator">Source of what is random; null where nothing is.</param>
    /// <param name="withKineticEnergy">Whether ∫|∇φ|² dt is wanted.</param>
    public static FlowSolution DecodeFully(this MongeAmpereFlow flow, Tensor z, Generator? generator, bool withKineticEnergy = false)
    {
        using var use = flow.Begin();
        using var scope = NewDisposeScope();
        return FlowSolver.For(flow, generator, withKineticEnergy).Decode(flow.Prepare(z)).MoveToOuterDisposeScope();
    }

    /// <summary>Decodes with the score of each point, in closed form where there is one. The score is not differentiable.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="seed">Seed of what is random.</param>
    /// <param name="recordsPath">Whether points and log-densities are to be differentiable, where the family does both in one
    /// solve.</param>
    public static ScoredState DecodeWithScore(this MongeAmpereFlow flow, Tensor z, ulong seed, bool recordsPath = false)
    {
        using var use = flow.Begin();
        using var scope = NewDisposeScope();
        return new FlowScore(flow, seed, recordsPath).Of(flow.Prepare(z)).MoveToOuterDisposeScope();
    }

    /// <summary>Points drawn from the model, with their gradient and without densities: no Laplacian is taken where there is no closed form
    /// for it.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="count">Number of points B.</param>
    /// <param name="seed">Seed of the latent codes, and of what is random in the solve.</param>
    /// <returns>Shape [B, N].</returns>
    /// <exception cref="InvalidOperationException">The flow has a context for each point.</exception>
    public static Tensor SamplePoints(this MongeAmpereFlow flow, long count, ulong seed)
    {
        if (flow.Potential.Rows is not null)
        {
            throw new InvalidOperationException("Expected a flow without contexts for an objective of samples, got a conditional one, "
                + "whose samples belong to their contexts; use Objective.MaximumLikelihood here.");
        }

        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var (dtype, device) = flow.Placement();
        var latents = StandardNormal.Sample(count, flow.Dimension, generator, dtype, device);
        var solution = flow.With(flow.Options with { Laplacian = new NoLaplacian() }).DecodeFully(latents, generator);
        // ln p takes part with weight zero, so that the reverse pass of a solve gets a gradient for each of its results.
        return solution.Points.Add(solution.LogProb.unsqueeze(1), alpha: 0).MoveToOuterDisposeScope();
    }

    /// <summary>Points in the flow's type and on its device.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="x">Points, shape [B, N].</param>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public static Tensor Prepare(this MongeAmpereFlow flow, Tensor x)
    {
        TensorChecks.RequirePoints(x, flow.Dimension);
        if (flow.Potential.Rows is { } rows && rows != x.shape[0])
        {
            throw new ArgumentException(
                $"Expected {rows} points, one for each context that the flow was given, got {x.shape[0]}.",
                nameof(x));
        }

        if (flow.Potential.DependsOn.Count == 0)
        {
            return x.alias();
        }

        var (dtype, device) = flow.Placement();
        return x.to(dtype, device).alias();
    }
}
