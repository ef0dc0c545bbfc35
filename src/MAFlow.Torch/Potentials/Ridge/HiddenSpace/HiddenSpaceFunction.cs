using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>One autograd node for a whole hidden-space solve: (y, coupling) ↦ (S, F), with the hand-written reverse pass.</summary>
internal sealed class HiddenSpaceFunction : autograd.MultiTensorFunction<HiddenSpaceFunction>
{
    private const string SolveKey = "solve";
    private const string ResultKey = "result";

    /// <inheritdoc/>
    public override string Name => nameof(HiddenSpaceFunction);

    /// <summary>Integrates, recording a node when gradients are enabled.</summary>
    /// <param name="solve">Method and grid.</param>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="coupling">The matrix C, or its two factors, or the two filter banks of a circulant C.</param>
    public static (Tensor S, Tensor F) Integrate(HiddenSpaceSolve solve, Tensor y, params Tensor[] coupling)
    {
        if (!is_grad_enabled())
        {
            using var scope = NewDisposeScope();
            var (s, f) = solve.Integrate(y, Couple(coupling, solve));
            return (s.MoveToOuterDisposeScope(), f.MoveToOuterDisposeScope());
        }

        var outputs = apply([solve, y, .. coupling]);
        return (outputs[0], outputs[1]);
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var solve = (HiddenSpaceSolve)vars[0];
        var y = (Tensor)vars[1];
        var matrices = vars[2..].Cast<Tensor>().ToList();
        using var scope = NewDisposeScope();
        var record = HiddenRecord.For(solve, y);
        var (s, f) = solve.Integrate(y, Couple(matrices, solve), record);
        // Saved only after this method has returned: what is saved must outlive its scope.
        ctx.save_for_backward([record.Kept!.MoveToOuterDisposeScope(), .. matrices]);
        ctx.save_data(SolveKey, solve);
        ctx.set_materialize_grads(false);
        return [s.MoveToOuterDisposeScope(), f.MoveToOuterDisposeScope()];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var solve = (HiddenSpaceSolve)ctx.get_data(SolveKey);
        var saved = ctx.get_saved_variables();
        var coupling = Couple([.. saved.Skip(1)], solve);
        coupling.BeginReverse();
        var like = saved[0][0];
        // An output that the loss does not depend on comes back as an invalid tensor.
        var gradients = grad_outputs.Select(gradient => gradient is null || gradient.IsInvalid ? zeros_like(like) : gradient).ToList();
        var adjoint = new HiddenSpaceReverse(solve, coupling, HiddenRecord.Reopen(solve, saved[0])).Run(gradients[0], gradients[1]);
        List<Tensor> result = [adjoint, .. coupling.Gradients()];
        foreach (var gradient in result)
        {
            gradient.MoveToOuterDisposeScope();
        }

        // Native code reads the gradients after this frame has ended; where no scope holds them, the context must.
        ctx.save_data(ResultKey, result);
        return [null!, .. result];
    }

    private static HiddenCoupling Couple(IReadOnlyList<Tensor> matrices, HiddenSpaceSolve solve) => (matrices.Count, solve.Torus) switch
    {
        (1, _) => new DenseCoupling(matrices[0], solve.Grid.Step, solve.Scheme.Precision),
        (_, { } torus) => new CirculantCoupling(matrices[0], matrices[1], solve.Grid.Step, torus),
        _ => new FactoredCoupling(matrices[0], matrices[1], solve.Grid.Step, solve.Scheme.Precision),
    };
}
