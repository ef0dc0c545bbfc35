using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>One autograd node for a whole factored solve: (y, L, R) ↦ (S, F), with its own reverse pass.</summary>
internal sealed class FactoredFunction : autograd.MultiTensorFunction<FactoredFunction>
{
    private const string SolveKey = "solve";

    /// <inheritdoc/>
    public override string Name => nameof(FactoredFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="solve">Method and grid.</param>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="left">L, shape [h, N].</param>
    /// <param name="right">R, shape [h, N].</param>
    public static (Tensor S, Tensor F) Integrate(FactoredSolve solve, Tensor y, Tensor left, Tensor right)
    {
        if (!is_grad_enabled())
        {
            var (s, f, _) = solve.Integrate(y, left, right, keeps: false);
            return (s, f);
        }

        var outputs = apply([solve, y, left, right]);
        return (outputs[0], outputs[1]);
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var solve = (FactoredSolve)vars[0];
        var (y, left, right) = ((Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3]);
        var (s, f, kept) = solve.Integrate(y, left, right, keeps: true);
        // Saved only after this method has returned.
        ctx.save_for_backward([kept!, y, left, right]);
        ctx.save_data(SolveKey, solve);
        ctx.set_materialize_grads(false);
        return [s, f];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var solve = (FactoredSolve)ctx.get_data(SolveKey);
        var saved = ctx.get_saved_variables();
        if (is_grad_enabled())
        {
            // The derivatives below are those of saved intermediates: differentiated again, they would be wrong without a word.
            var field = new HiddenField(
                solve.Activation, FactoredCoupling.Form, [.. saved.Skip(2)], Precision.Full, withWork: false);
            return field.PlainGradients(ctx, solve.Tableau, solve.Grid, [.. saved.Skip(1)], grad_outputs);
        }

        var (kept, y, left, right) = (saved[0], saved[1], saved[2], saved[3]);
        // An output that the loss does not depend on comes back as an invalid tensor.
        var gradients = grad_outputs.Select(gradient => SolveGradients.Given(gradient) ?? zeros_like(y)).ToList();
        var (forY, forLeft, forRight) = solve.Reverse(y, left, right, kept, gradients[0], gradients[1]);
        return SolveGradients.Keep(ctx, [forY, forLeft, forRight]);
    }
}
