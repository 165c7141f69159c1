//! The standard's tables of the hyperbolic functions, by which the trigonometric ones go too.

pub(super) const SINH: &str = "
    0 0 => 0 0
    0 inf => ~0 nan
    0 nan => ~0 nan
    pos inf => nan nan
    pos nan => nan nan
    inf 0 => inf 0
    inf 1 => inf inf
    inf 2 => -inf inf
    inf 4 => -inf -inf
    inf inf => ~inf nan
    inf nan => ~inf nan
    nan 0 => nan 0
    nan nz => nan nan
    nan inf => nan nan
    nan nan => nan nan
";

pub(super) const COSH: &str = "
    0 0 => 1 0
    0 inf => nan ~0
    0 nan => nan ~0
    nz inf => nan nan
    nz nan => nan nan
    inf 0 => inf 0
    inf 1 => inf inf
    inf 2 => -inf inf
    inf 4 => -inf -inf
    inf inf => ~inf nan
    inf nan => inf nan
    nan 0 => nan ~0
    nan nz => nan nan
    nan nan => nan nan
";

pub(super) const TANH: &str = "
    0 0 => 0 0
    nz inf => nan nan
    0 inf => 0 nan
    nz nan => nan nan
    0 nan => 0 nan
    inf pos => 1 0
    inf inf => 1 ~0
    inf nan => 1 ~0
    nan 0 => nan 0
    nan nz => nan nan
    nan inf => nan nan
    nan nan => nan nan
";

pub(super) const ASINH: &str = "
    0 0 => 0 0
    pos inf => inf pi/2
    fin nan => nan nan
    inf pos => inf 0
    inf inf => inf pi/4
    inf nan => inf nan
    nan 0 => nan 0
    nan nz => nan nan
    nan inf => ~inf nan
    nan nan => nan nan
";

pub(super) const ATANH: &str = "
    0 0 => 0 0
    0 nan => 0 nan
    1 0 => inf 0
    2 0 => 0.5493061443340549 pi/2
    pos inf => 0 pi/2
    nz nan => nan nan
    inf pos => 0 pi/2
    inf inf => 0 pi/2
    inf nan => 0 nan
    nan fin => nan nan
    nan inf => ~0 pi/2
    nan nan => nan nan
";
