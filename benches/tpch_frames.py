"""TPC-H's 22 questions for those who speak pandas: each a function that gives a frame, of pandas or, lazily, of Dask.

`read(table, columns)` gives a frame of those columns alone, decimals as floats and dates as datetimes (`plain`): left to itself
pandas makes Python objects of both, and in Arrow's arrays it groups and filters more slowly than in NumPy's. A question whose
answer is one number gives a series of one. Columns and order are the SQL's; the sum that has no name in Q18 keeps its column's.

Written for pandas; Dask runs the same lines but for two, `among` and `first`.
"""

import pyarrow


def plain(table):
    """An Arrow table as a frame of the types that pandas computes best with."""
    instead = {pyarrow.types.is_decimal: pyarrow.float64(), pyarrow.types.is_date: pyarrow.timestamp("s")}
    types = [next((new for old, new in instead.items() if old(field.type)), field.type) for field in table.schema]
    return table.cast(pyarrow.schema(zip(table.column_names, types, strict=True))).to_pandas(ignore_metadata=True)


def among(values, keys):
    """Whether each value is one of the keys. Dask's `isin` wants them in one partition."""
    return values.isin(keys.drop_duplicates().repartition(npartitions=1) if hasattr(keys, "npartitions") else keys)


def first(frame, count):
    """The first rows. Dask's `head` computes unless told not to, and looks at one partition."""
    return frame.head(count, npartitions=-1, compute=False) if hasattr(frame, "npartitions") else frame.head(count)


def discounted(lines):
    return lines["l_extendedprice"] * (1 - lines["l_discount"])


def nations(read, region):
    every, regions = read("nation", ["n_nationkey", "n_name", "n_regionkey"]), read("region", ["r_regionkey", "r_name"])
    regions = regions[regions["r_name"] == region]
    return every.merge(regions, left_on="n_regionkey", right_on="r_regionkey")[["n_nationkey", "n_name"]]


def q1(read):
    lines = read("lineitem", [
        "l_returnflag", "l_linestatus", "l_quantity", "l_extendedprice", "l_discount", "l_tax", "l_shipdate",
    ])
    lines = lines[lines["l_shipdate"] <= "1998-09-02"].assign(disc_price=discounted)
    lines = lines.assign(charge=lines["disc_price"] * (1 + lines["l_tax"]))
    keys = ["l_returnflag", "l_linestatus"]
    return lines.groupby(keys).agg(
        sum_qty=("l_quantity", "sum"),
        sum_base_price=("l_extendedprice", "sum"),
        sum_disc_price=("disc_price", "sum"),
        sum_charge=("charge", "sum"),
        avg_qty=("l_quantity", "mean"),
        avg_price=("l_extendedprice", "mean"),
        avg_disc=("l_discount", "mean"),
        count_order=("l_quantity", "size"),
    ).reset_index().sort_values(keys)


def q2(read):
    parts = read("part", ["p_partkey", "p_mfgr", "p_size", "p_type"])
    parts = parts[(parts["p_size"] == 15) & parts["p_type"].str.endswith("BRASS")]
    suppliers = read("supplier", ["s_suppkey", "s_name", "s_address", "s_nationkey", "s_phone", "s_acctbal", "s_comment"])
    suppliers = suppliers.merge(nations(read, "EUROPE"), left_on="s_nationkey", right_on="n_nationkey")
    offers = read("partsupp", ["ps_partkey", "ps_suppkey", "ps_supplycost"])
    offers = offers.merge(parts, left_on="ps_partkey", right_on="p_partkey")
    offers = offers.merge(suppliers, left_on="ps_suppkey", right_on="s_suppkey")
    cheapest = offers.groupby("p_partkey").agg(cheapest=("ps_supplycost", "min")).reset_index()
    offers = offers.merge(cheapest, on="p_partkey")
    offers = offers[offers["ps_supplycost"] == offers["cheapest"]]
    offers = offers[["s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment"]]
    return first(offers.sort_values(["s_acctbal", "n_name", "s_name", "p_partkey"], ascending=[False, True, True, True]), 100)


def q3(read):
    customers = read("customer", ["c_custkey", "c_mktsegment"])
    customers = customers[customers["c_mktsegment"] == "BUILDING"]
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate", "o_shippriority"])
    orders = orders[orders["o_orderdate"] < "1995-03-15"]
    lines = read("lineitem", ["l_orderkey", "l_extendedprice", "l_discount", "l_shipdate"])
    lines = lines[lines["l_shipdate"] > "1995-03-15"].assign(revenue=discounted)[["l_orderkey", "revenue"]]
    orders = orders.merge(customers, left_on="o_custkey", right_on="c_custkey")
    lines = lines.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    revenues = lines.groupby(["l_orderkey", "o_orderdate", "o_shippriority"]).agg({"revenue": "sum"}).reset_index()
    revenues = revenues[["l_orderkey", "revenue", "o_orderdate", "o_shippriority"]]
    return first(revenues.sort_values(["revenue", "o_orderdate"], ascending=[False, True]), 10)


def q4(read):
    orders = read("orders", ["o_orderkey", "o_orderdate", "o_orderpriority"])
    orders = orders[(orders["o_orderdate"] >= "1993-07-01") & (orders["o_orderdate"] < "1993-10-01")]
    lines = read("lineitem", ["l_orderkey", "l_commitdate", "l_receiptdate"])
    late = lines[lines["l_commitdate"] < lines["l_receiptdate"]]
    orders = orders[among(orders["o_orderkey"], late["l_orderkey"])]
    return orders.groupby("o_orderpriority").size().rename("order_count").reset_index().sort_values("o_orderpriority")


def q5(read):
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate"])
    orders = orders[(orders["o_orderdate"] >= "1994-01-01") & (orders["o_orderdate"] < "1995-01-01")]
    suppliers = read("supplier", ["s_suppkey", "s_nationkey"])
    suppliers = suppliers.merge(nations(read, "ASIA"), left_on="s_nationkey", right_on="n_nationkey")
    orders = orders.merge(read("customer", ["c_custkey", "c_nationkey"]), left_on="o_custkey", right_on="c_custkey")
    lines = read("lineitem", ["l_orderkey", "l_suppkey", "l_extendedprice", "l_discount"])
    lines = lines.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    lines = lines.merge(suppliers, left_on=["l_suppkey", "c_nationkey"], right_on=["s_suppkey", "s_nationkey"])
    revenues = lines.assign(revenue=discounted).groupby("n_name").agg({"revenue": "sum"}).reset_index()
    return revenues.sort_values("revenue", ascending=False)


def q6(read):
    lines = read("lineitem", ["l_quantity", "l_extendedprice", "l_discount", "l_shipdate"])
    lines = lines[
        (lines["l_shipdate"] >= "1994-01-01") & (lines["l_shipdate"] < "1995-01-01")
        & lines["l_discount"].between(0.05, 0.07) & (lines["l_quantity"] < 24)
    ]
    return lines.assign(revenue=lines["l_extendedprice"] * lines["l_discount"])[["revenue"]].sum(min_count=1)


def q7(read):
    pair = read("nation", ["n_nationkey", "n_name"])
    pair = pair[pair["n_name"].isin(["FRANCE", "GERMANY"])]
    suppliers = read("supplier", ["s_suppkey", "s_nationkey"])
    suppliers = suppliers.merge(pair.rename(columns={"n_name": "supp_nation"}), left_on="s_nationkey", right_on="n_nationkey")
    customers = read("customer", ["c_custkey", "c_nationkey"])
    customers = customers.merge(pair.rename(columns={"n_name": "cust_nation"}), left_on="c_nationkey", right_on="n_nationkey")
    orders = read("orders", ["o_orderkey", "o_custkey"])
    orders = orders.merge(customers[["c_custkey", "cust_nation"]], left_on="o_custkey", right_on="c_custkey")
    lines = read("lineitem", ["l_orderkey", "l_suppkey", "l_extendedprice", "l_discount", "l_shipdate"])
    lines = lines[lines["l_shipdate"].between("1995-01-01", "1996-12-31")]
    lines = lines.merge(suppliers[["s_suppkey", "supp_nation"]], left_on="l_suppkey", right_on="s_suppkey")
    lines = lines.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    lines = lines[lines["supp_nation"] != lines["cust_nation"]]
    lines = lines.assign(l_year=lines["l_shipdate"].dt.year, revenue=discounted)
    keys = ["supp_nation", "cust_nation", "l_year"]
    return lines.groupby(keys).agg({"revenue": "sum"}).reset_index().sort_values(keys)


def q8(read):
    parts = read("part", ["p_partkey", "p_type"])
    parts = parts[parts["p_type"] == "ECONOMY ANODIZED STEEL"]
    customers = read("customer", ["c_custkey", "c_nationkey"])
    customers = customers.merge(nations(read, "AMERICA"), left_on="c_nationkey", right_on="n_nationkey")[["c_custkey"]]
    suppliers = read("supplier", ["s_suppkey", "s_nationkey"])
    suppliers = suppliers.merge(read("nation", ["n_nationkey", "n_name"]), left_on="s_nationkey", right_on="n_nationkey")
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate"])
    orders = orders[orders["o_orderdate"].between("1995-01-01", "1996-12-31")]
    lines = read("lineitem", ["l_orderkey", "l_partkey", "l_suppkey", "l_extendedprice", "l_discount"])
    lines = lines.merge(parts, left_on="l_partkey", right_on="p_partkey")
    lines = lines.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    lines = lines.merge(customers, left_on="o_custkey", right_on="c_custkey")
    lines = lines.merge(suppliers, left_on="l_suppkey", right_on="s_suppkey")
    lines = lines.assign(o_year=lines["o_orderdate"].dt.year, volume=discounted)
    lines = lines.assign(brazil=lines["volume"].where(lines["n_name"] == "BRAZIL", 0))
    years = lines.groupby("o_year").agg({"brazil": "sum", "volume": "sum"}).reset_index()
    return years.assign(mkt_share=years["brazil"] / years["volume"])[["o_year", "mkt_share"]].sort_values("o_year")


def q9(read):
    parts = read("part", ["p_partkey", "p_name"])
    parts = parts[parts["p_name"].str.contains("green", regex=False)][["p_partkey"]]
    suppliers = read("supplier", ["s_suppkey", "s_nationkey"])
    suppliers = suppliers.merge(read("nation", ["n_nationkey", "n_name"]), left_on="s_nationkey", right_on="n_nationkey")
    offers = read("partsupp", ["ps_partkey", "ps_suppkey", "ps_supplycost"])
    offers = offers.merge(parts, left_on="ps_partkey", right_on="p_partkey")
    offers = offers.merge(suppliers[["s_suppkey", "n_name"]], left_on="ps_suppkey", right_on="s_suppkey")
    lines = read("lineitem", ["l_orderkey", "l_partkey", "l_suppkey", "l_quantity", "l_extendedprice", "l_discount"])
    lines = lines.merge(offers, left_on=["l_partkey", "l_suppkey"], right_on=["ps_partkey", "ps_suppkey"])
    lines = lines.merge(read("orders", ["o_orderkey", "o_orderdate"]), left_on="l_orderkey", right_on="o_orderkey")
    lines = lines.assign(
        nation=lines["n_name"],
        o_year=lines["o_orderdate"].dt.year,
        sum_profit=discounted(lines) - lines["ps_supplycost"] * lines["l_quantity"],
    )
    profits = lines.groupby(["nation", "o_year"]).agg({"sum_profit": "sum"}).reset_index()
    return profits.sort_values(["nation", "o_year"], ascending=[True, False])


def q10(read):
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate"])
    orders = orders[(orders["o_orderdate"] >= "1993-10-01") & (orders["o_orderdate"] < "1994-01-01")]
    lines = read("lineitem", ["l_orderkey", "l_extendedprice", "l_discount", "l_returnflag"])
    lines = lines[lines["l_returnflag"] == "R"].assign(revenue=discounted)
    lines = lines.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    revenues = lines.groupby("o_custkey").agg({"revenue": "sum"}).reset_index()
    customers = read("customer", ["c_custkey", "c_name", "c_address", "c_nationkey", "c_phone", "c_acctbal", "c_comment"])
    customers = customers.merge(revenues, left_on="c_custkey", right_on="o_custkey")
    customers = customers.merge(read("nation", ["n_nationkey", "n_name"]), left_on="c_nationkey", right_on="n_nationkey")
    customers = customers[["c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"]]
    return first(customers.sort_values("revenue", ascending=False), 20)


def q11(read):
    germany = read("nation", ["n_nationkey", "n_name"])
    germany = germany[germany["n_name"] == "GERMANY"]
    suppliers = read("supplier", ["s_suppkey", "s_nationkey"]).merge(germany, left_on="s_nationkey", right_on="n_nationkey")
    offers = read("partsupp", ["ps_partkey", "ps_suppkey", "ps_availqty", "ps_supplycost"])
    offers = offers.merge(suppliers, left_on="ps_suppkey", right_on="s_suppkey")
    offers = offers.assign(value=offers["ps_supplycost"] * offers["ps_availqty"])
    values = offers.groupby("ps_partkey").agg({"value": "sum"}).reset_index()
    return values[values["value"] > offers["value"].sum() * 0.0001].sort_values("value", ascending=False)


def q12(read):
    lines = read("lineitem", ["l_orderkey", "l_shipdate", "l_commitdate", "l_receiptdate", "l_shipmode"])
    lines = lines[
        lines["l_shipmode"].isin(["MAIL", "SHIP"])
        & (lines["l_commitdate"] < lines["l_receiptdate"]) & (lines["l_shipdate"] < lines["l_commitdate"])
        & (lines["l_receiptdate"] >= "1994-01-01") & (lines["l_receiptdate"] < "1995-01-01")
    ]
    lines = lines.merge(read("orders", ["o_orderkey", "o_orderpriority"]), left_on="l_orderkey", right_on="o_orderkey")
    high = lines["o_orderpriority"].isin(["1-URGENT", "2-HIGH"])
    lines = lines.assign(high_line_count=high.astype("int64"), low_line_count=(~high).astype("int64"))
    counts = lines.groupby("l_shipmode").agg({"high_line_count": "sum", "low_line_count": "sum"})
    return counts.reset_index().sort_values("l_shipmode")


def q13(read):
    orders = read("orders", ["o_orderkey", "o_custkey", "o_comment"])
    orders = orders[~orders["o_comment"].str.contains("special.*requests")][["o_orderkey", "o_custkey"]]
    customers = read("customer", ["c_custkey"]).merge(orders, how="left", left_on="c_custkey", right_on="o_custkey")
    counts = customers.groupby("c_custkey").agg(c_count=("o_orderkey", "count"))
    counts = counts.groupby("c_count").size().rename("custdist").reset_index()
    return counts.sort_values(["custdist", "c_count"], ascending=False)


def q14(read):
    lines = read("lineitem", ["l_partkey", "l_extendedprice", "l_discount", "l_shipdate"])
    lines = lines[(lines["l_shipdate"] >= "1995-09-01") & (lines["l_shipdate"] < "1995-10-01")].assign(revenue=discounted)
    lines = lines.merge(read("part", ["p_partkey", "p_type"]), left_on="l_partkey", right_on="p_partkey")
    lines = lines.assign(promo_revenue=lines["revenue"].where(lines["p_type"].str.startswith("PROMO"), 0))
    return 100 * lines[["promo_revenue"]].sum() / lines["revenue"].sum()


def q15(read):
    lines = read("lineitem", ["l_suppkey", "l_extendedprice", "l_discount", "l_shipdate"])
    lines = lines[(lines["l_shipdate"] >= "1996-01-01") & (lines["l_shipdate"] < "1996-04-01")].assign(revenue=discounted)
    revenues = lines.groupby("l_suppkey").agg(total_revenue=("revenue", "sum")).reset_index()
    best = revenues[revenues["total_revenue"] == revenues["total_revenue"].max()]
    suppliers = read("supplier", ["s_suppkey", "s_name", "s_address", "s_phone"])
    suppliers = suppliers.merge(best, left_on="s_suppkey", right_on="l_suppkey")
    return suppliers[["s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"]].sort_values("s_suppkey")


def q16(read):
    parts = read("part", ["p_partkey", "p_brand", "p_type", "p_size"])
    parts = parts[
        (parts["p_brand"] != "Brand#45")
        & ~parts["p_type"].str.startswith("MEDIUM POLISHED")
        & parts["p_size"].isin([49, 14, 23, 45, 19, 3, 36, 9])
    ]
    suppliers = read("supplier", ["s_suppkey", "s_comment"])
    suppliers = suppliers[suppliers["s_comment"].str.contains("Customer.*Complaints")]
    offers = read("partsupp", ["ps_partkey", "ps_suppkey"])
    offers = offers[~among(offers["ps_suppkey"], suppliers["s_suppkey"])]
    offers = offers.merge(parts, left_on="ps_partkey", right_on="p_partkey")
    keys = ["p_brand", "p_type", "p_size"]
    counts = offers.groupby(keys)["ps_suppkey"].nunique().rename("supplier_cnt").reset_index()
    return counts.sort_values(["supplier_cnt", *keys], ascending=[False, True, True, True])


def q17(read):
    parts = read("part", ["p_partkey", "p_brand", "p_container"])
    parts = parts[(parts["p_brand"] == "Brand#23") & (parts["p_container"] == "MED BOX")]
    lines = read("lineitem", ["l_partkey", "l_quantity", "l_extendedprice"])
    lines = lines.merge(parts, left_on="l_partkey", right_on="p_partkey")
    means = lines.groupby("l_partkey").agg(mean=("l_quantity", "mean")).reset_index()
    lines = lines.merge(means, on="l_partkey")
    lines = lines[lines["l_quantity"] < 0.2 * lines["mean"]]
    return lines.rename(columns={"l_extendedprice": "avg_yearly"})[["avg_yearly"]].sum(min_count=1) / 7


def q18(read):
    lines = read("lineitem", ["l_orderkey", "l_quantity"])
    large = lines.groupby("l_orderkey").agg({"l_quantity": "sum"}).reset_index()
    large = large[large["l_quantity"] > 300]
    orders = read("orders", ["o_orderkey", "o_custkey", "o_orderdate", "o_totalprice"])
    orders = orders.merge(large, left_on="o_orderkey", right_on="l_orderkey")
    orders = orders.merge(read("customer", ["c_custkey", "c_name"]), left_on="o_custkey", right_on="c_custkey")
    orders = orders[["c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "l_quantity"]]
    return first(orders.sort_values(["o_totalprice", "o_orderdate"], ascending=[False, True]), 100)


def q19(read):
    lines = read("lineitem", ["l_partkey", "l_quantity", "l_extendedprice", "l_discount", "l_shipinstruct", "l_shipmode"])
    lines = lines[lines["l_shipmode"].isin(["AIR", "AIR REG"]) & (lines["l_shipinstruct"] == "DELIVER IN PERSON")]
    parts = read("part", ["p_partkey", "p_brand", "p_size", "p_container"])
    lines = lines.merge(parts, left_on="l_partkey", right_on="p_partkey")

    def kind(brand, containers, quantity, size):
        return (
            (lines["p_brand"] == brand) & lines["p_container"].isin(containers)
            & lines["l_quantity"].between(quantity, quantity + 10) & lines["p_size"].between(1, size)
        )

    lines = lines[
        kind("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
        | kind("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10)
        | kind("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15)
    ]
    return lines.assign(revenue=discounted)[["revenue"]].sum(min_count=1)


def q20(read):
    parts = read("part", ["p_partkey", "p_name"])
    parts = parts[parts["p_name"].str.startswith("forest")]
    lines = read("lineitem", ["l_partkey", "l_suppkey", "l_quantity", "l_shipdate"])
    lines = lines[(lines["l_shipdate"] >= "1994-01-01") & (lines["l_shipdate"] < "1995-01-01")]
    lines = lines[among(lines["l_partkey"], parts["p_partkey"])]
    sold = lines.groupby(["l_partkey", "l_suppkey"]).agg({"l_quantity": "sum"}).reset_index()
    offers = read("partsupp", ["ps_partkey", "ps_suppkey", "ps_availqty"])
    offers = offers.merge(sold, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
    offers = offers[offers["ps_availqty"] > 0.5 * offers["l_quantity"]]
    canada = read("nation", ["n_nationkey", "n_name"])
    canada = canada[canada["n_name"] == "CANADA"]
    suppliers = read("supplier", ["s_suppkey", "s_name", "s_address", "s_nationkey"])
    suppliers = suppliers.merge(canada, left_on="s_nationkey", right_on="n_nationkey")
    suppliers = suppliers[among(suppliers["s_suppkey"], offers["ps_suppkey"])]
    return suppliers[["s_name", "s_address"]].sort_values("s_name")


def q21(read):
    arabia = read("nation", ["n_nationkey", "n_name"])
    arabia = arabia[arabia["n_name"] == "SAUDI ARABIA"]
    suppliers = read("supplier", ["s_suppkey", "s_name", "s_nationkey"])
    suppliers = suppliers.merge(arabia, left_on="s_nationkey", right_on="n_nationkey")[["s_suppkey", "s_name"]]
    orders = read("orders", ["o_orderkey", "o_orderstatus"])
    orders = orders[orders["o_orderstatus"] == "F"]
    lines = read("lineitem", ["l_orderkey", "l_suppkey", "l_commitdate", "l_receiptdate"])
    late = lines[lines["l_receiptdate"] > lines["l_commitdate"]]
    # An order has more than one supplier if the least of its keys is not the greatest.
    every = lines.groupby("l_orderkey").agg(low=("l_suppkey", "min"), high=("l_suppkey", "max")).reset_index()
    tardy = late.groupby("l_orderkey").agg(low=("l_suppkey", "min"), high=("l_suppkey", "max")).reset_index()
    blamed = late.merge(suppliers, left_on="l_suppkey", right_on="s_suppkey")[["l_orderkey", "s_name"]]
    blamed = blamed.merge(orders, left_on="l_orderkey", right_on="o_orderkey")
    blamed = blamed.merge(every[every["low"] != every["high"]][["l_orderkey"]], on="l_orderkey")
    blamed = blamed.merge(tardy[tardy["low"] == tardy["high"]][["l_orderkey"]], on="l_orderkey")
    counts = blamed.groupby("s_name").size().rename("numwait").reset_index()
    return first(counts.sort_values(["numwait", "s_name"], ascending=[False, True]), 100)


def q22(read):
    customers = read("customer", ["c_custkey", "c_phone", "c_acctbal"])
    customers = customers.assign(cntrycode=customers["c_phone"].str.slice(0, 2))
    customers = customers[customers["cntrycode"].isin(["13", "31", "23", "29", "30", "18", "17"])]
    mean = customers[customers["c_acctbal"] > 0]["c_acctbal"].mean()
    customers = customers[customers["c_acctbal"] > mean]
    customers = customers[~among(customers["c_custkey"], read("orders", ["o_custkey"])["o_custkey"])]
    counts = customers.groupby("cntrycode").agg(numcust=("c_acctbal", "size"), totacctbal=("c_acctbal", "sum"))
    return counts.reset_index().sort_values("cntrycode")
