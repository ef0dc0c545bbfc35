using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>One autograd node for a whole hidden-space solve: (y, coupling) ↦ (S, F, and the work where it is wanted), with the
/// hand-written reverse pass.</summary>
internal sealed class HiddenSpaceFunction : autograd.MultiTensorFunction<HiddenSpaceFunction>
{
    private const string SolveKey = "solve";

    /// <inheritdoc/>
    public override string Name => nameof(HiddenSpaceFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="solve">Method and grid.</param>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="coupling">The matrix C, or its two factors, or the two filter banks of a circulant C.</param>
    public static HiddenIntegrals Integrate(HiddenSpaceSolve solve, Tensor y, params Tensor[] coupling)
    {
        if (!is_grad_enabled())
        {
            using var scope = NewDisposeScope();
            return solve.Integrate(y, Couple(coupling, solve)).MoveToOuterDisposeScope();
        }

        var outputs = apply([solve, y, .. coupling]);
        return new(outputs[0], outputs[1], solve.WithWork ? outputs[2] : null);
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var solve = (HiddenSpaceSolve)vars[0];
        var y = (Tensor)vars[1];
        var matrices = vars[2..].Cast<Tensor>().ToList();
        using var scope = NewDisposeScope();
        var record = HiddenRecord.For(solve, y);
        var integrals = solve.Integrate(y, Couple(matrices, solve), record);
        // Saved only after this method has returned: what is saved must outlive its scope.
        ctx.save_for_backward([record.Kept!.MoveToOuterDisposeScope(), y, .. matrices]);
        ctx.save_data(SolveKey, solve);
        ctx.set_materialize_grads(false);
        return integrals.MoveToOuterDisposeScope().Tensors;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var solve = (HiddenSpaceSolve)ctx.get_data(SolveKey);
        var saved = ctx.get_saved_variables();
        if (is_grad_enabled())
        {
            // The derivatives below are those of saved intermediates: differentiated again, they would be wrong without a word.
            var field = new HiddenField(solve.Activation, solve.Form, [.. saved.Skip(2)], solve.Precision, solve.WithWork);
            return field.PlainGradients(ctx, solve.Tableau, solve.Grid, [.. saved.Skip(1)], grad_outputs);
        }

        var coupling = Couple([.. saved.Skip(2)], solve);
        coupling.BeginReverse();
        var like = saved[0][0];
        // An output that the loss does not depend on comes back as an invalid tensor.
        var gradients = grad_outputs.Select(SolveGradients.Given).ToList();
        var adjoint = new HiddenSpaceReverse(solve, coupling, HiddenRecord.Reopen(solve, saved[0])).Run(
            gradients[0] ?? zeros_like(like), gradients[1] ?? zeros_like(like), solve.WithWork ? gradients[2] : null);
        return SolveGradients.Keep(ctx, [adjoint, .. coupling.Gradients()]);
    }

    private static HiddenCoupling Couple(IReadOnlyList<Tensor> tensors, HiddenSpaceSolve solve) =>
        solve.Form.Build(tensors, solve.Grid.Step, solve.Precision);
}
