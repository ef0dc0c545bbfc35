using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Laplacians;

/// <summary>How the Laplacian of a potential without a closed form is obtained from its gradient by autograd.</summary>
public abstract class LaplacianEstimator
{
    /// <summary>The exact trace of the Hessian: N reverse passes per evaluation.</summary>
    public static LaplacianEstimator Exact { get; } = new ExactLaplacian();

    /// <summary>Draws whatever is random once for a whole solve, so that the velocity field does not change between its stages.</summary>
    /// <param name="x">Points [B, N] whose shape, type and device the probes take.</param>
    /// <param name="generator">Source of randomness; null is allowed only when nothing is random.</param>
    /// <returns>Probes [P, B, N], or null when nothing is random.</returns>
    protected internal abstract Tensor? DrawProbes(Tensor x, Generator? generator);

    /// <summary>Estimates ∇²φ [B] from a gradient that is still attached to its graph.</summary>
    /// <param name="gradient">∇φ [B, N] as a function of <paramref name="x"/>.</param>
    /// <param name="x">Points [B, N] that require a gradient.</param>
    /// <param name="probes">What <see cref="DrawProbes"/> returned for this solve.</param>
    /// <param name="createGraph">Whether the result is to be differentiated again.</param>
    protected internal abstract Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph);

    /// <summary>What a flow file keeps of this estimator: override it to make one of your own storable.</summary>
    /// <exception cref="NotSupportedException">The estimator does not say how it is stored.</exception>
    protected internal virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected a Laplacian estimator that can be stored, got {GetType().Name}; "
        + "override Store, and register a reader with Kinds.Register.");

    /// <summary>One reverse pass: the vector-Jacobian product vᵀ ∂output/∂x, zero where the output does not depend on x.</summary>
    /// <param name="output">A function of <paramref name="x"/>; its first index numbers the rows.</param>
    /// <param name="x">Points [B, N] that require a gradient.</param>
    /// <param name="vector">v, of the shape of the output.</param>
    /// <param name="createGraph">Whether the result is to be differentiated again.</param>
    /// <returns>Shape [B, N].</returns>
    protected internal static Tensor Derivative(Tensor output, Tensor x, Tensor vector, bool createGraph)
    {
        if (!output.requires_grad)
        {
            // torch.autograd.grad would end the process here.
            return zeros_like(x);
        }

        return autograd.grad([output], [x], [vector], retain_graph: true, create_graph: createGraph, allow_unused: true)[0]
            is { IsInvalid: false } product
            ? product
            : zeros_like(x);
    }

    private sealed class ExactLaplacian : LaplacianEstimator
    {
        protected internal override Tensor? DrawProbes(Tensor x, Generator? generator) => null;

        protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph)
        {
            var trace = zeros(x.shape[0], x.dtype, x.device);
            for (long i = 0; i < x.shape[1]; i++)
            {
                var component = gradient.select(1, i);
                trace = trace.Add(Derivative(component, x, ones_like(component), createGraph).select(1, i));
            }

            return trace;
        }
    }
}
